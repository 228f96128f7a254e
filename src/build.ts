/**
 * What runs: version, commit, Deno's version, and whether V8 compiles to machine code.
 *
 * @module
 */
import project from "../deno.json" with { type: "json" };
import build from "./build.json" with { type: "json" };

/** Digits of the commit that are shown; enough for git to find it. */
const SHOWN_DIGITS = 12;

/**
 * `jitless` when V8 was told to interpret only, which lets systemd forbid memory that is both
 * writable and executable; else `JIT`.
 */
export function executionMode(): "JIT" | "jitless" {
  // WebAssembly can't do without a compiler, so V8 leaves it out.
  return "WebAssembly" in globalThis ? "JIT" : "jitless";
}

/** One line, such as `person-service 0.1.0 (commit 0123456789ab, Deno 2.9.6, jitless)`. */
export function describeBuild(): string {
  // Filled in when the executable is compiled; a checkout may be ahead of its commit.
  const [digits = "", ...marks] = build.commit.split("-");
  const commit = ["commit", [digits.slice(0, SHOWN_DIGITS), ...marks].join("-")].join(" ");
  const source = build.commit === "" ? "from source" : commit;
  return `person-service ${project.version} (${source}, Deno ${Deno.version.deno}, ${executionMode()})`;
}
