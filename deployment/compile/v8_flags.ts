/**
 * How V8 runs the service. It must not guess from the past which objects will live long: it takes those of finished
 * commands for such, puts new ones where only a collection of the whole heap ends them, and copies what they refer to
 * with each small collection. With JIT that was a sixth of the processor time of a command.
 *
 * @module
 */

/** As Deno takes them, separated by commas. */
export function v8Flags({ jitless }: { jitless: boolean }): string {
  return `--no-allocation-site-pretenuring${jitless ? ",--jitless" : ""}`;
}
