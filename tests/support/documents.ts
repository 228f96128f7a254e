/**
 * The Markdown files of this checkout, and what is in them.
 *
 * @module
 */
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** A fenced block: the first word behind the fence is its language, the rest its mark. */
export type Block = { language: string; mark: string; text: string };

/** Paths of all Markdown files below the root, from there. */
export function documents(folder = ""): string[] {
  const found: string[] = [];
  for (const { name, isDirectory } of Deno.readDirSync(ROOT + folder)) {
    const path = `${folder}${name}`;
    if (isDirectory && !/^(\..*|node_modules|dist)$/.test(name)) {
      found.push(...documents(`${path}/`));
    } else if (name.endsWith(".md")) found.push(path);
  }
  return found.sort();
}

/** The text of a file, by its path from the root. */
export function textOf(file: string): string {
  return Deno.readTextFileSync(ROOT + file);
}

/** Whether there is such a file or folder. */
export function isThere(path: string): boolean {
  try {
    Deno.statSync(ROOT + path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** The fenced blocks of a document, without the indentation of lists. */
export function blocksOf(file: string): Block[] {
  const fences = textOf(file).matchAll(/^( *)```(\S*) ?(.*)\n([^]*?)\n *```$/gm);
  return [...fences].map(([, indent = "", language = "", mark = "", content = ""]) => ({
    language,
    mark,
    text: content.split("\n").map((line) => line.slice(indent.length)).join("\n"),
  }));
}
