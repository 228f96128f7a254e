/** How often a terminal is told how far a long work has come. */
const INTERVAL_MS = 1_000;

/** Shows in a terminal, and only there, how far a work has come. */
export function progressOf(what: string): (soFar: string) => void {
  let shownMs = performance.now();
  return (soFar) => {
    if (!Deno.stderr.isTerminal() || performance.now() - shownMs < INTERVAL_MS) return;
    shownMs = performance.now();
    // deno-lint-ignore no-console -- the command line prints
    console.error(`${what}: ${soFar}`);
  };
}

/** Bytes as a person wants to read them. */
export function inMiB(bytes: number): string {
  return `${(bytes / 1024 ** 2).toFixed(1)} MiB`;
}
