import { COMPILED_PATHS } from "./stage.ts";

/** The commit that a checkout is at, with `-modified` for one whose sources differ; `unknown` without git. */
export async function commitOf(root: string): Promise<string> {
  const commit = await git(root, "rev-parse", "HEAD");
  if (commit === undefined) return "unknown";
  const changes = await git(root, "status", "--porcelain", "--", ...COMPILED_PATHS);
  return changes === "" ? commit : `${commit}-modified`;
}

async function git(root: string, ...args: string[]): Promise<string | undefined> {
  try {
    const { success, stdout } = await new Deno.Command("git", { args, cwd: root }).output();
    return success ? new TextDecoder().decode(stdout).trim() : undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
