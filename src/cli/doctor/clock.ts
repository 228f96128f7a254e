/**
 * The clock of this machine against the server's.
 *
 * @module
 */
import type { JetStreamManager } from "@nats-io/jetstream";
import { attempt, type Finding, ok, skipped, warning } from "./finding.ts";

const SAMPLES = 5;
/** Events carry the time of the service: beyond this, it is no longer that of those who read them. */
const MUCH_MS = 1_000;

/** When a question was sent, what the server's clock said, and when that was read here; epoch milliseconds. */
export type ClockSample = { sentMs: number; serverMs: number; receivedMs: number };

/** Compares the clocks by the time that the server stamps on its answers. */
export async function checkClock(
  jsm: JetStreamManager,
  streamName: string,
): Promise<Finding> {
  return await attempt("clock", async () => {
    const samples: ClockSample[] = [];
    for (let n = 0; n < SAMPLES; n++) {
      const sentMs = Date.now();
      const { ts } = await jsm.streams.info(streamName);
      const receivedMs = Date.now();
      if (ts === undefined) return skipped("clock", "the server is too old to tell its time");
      samples.push({ sentMs, serverMs: Date.parse(ts), receivedMs });
    }
    return judgeClock(samples);
  });
}

/** The best sample is the one that took the shortest: it leaves the least in doubt. */
export function judgeClock(samples: ClockSample[]): Finding {
  const [best] = samples.toSorted((a, b) => doubtOf(a) - doubtOf(b));
  if (best === undefined) return skipped("clock", "there is no answer to tell it by");
  const aheadMs = (best.sentMs + best.receivedMs) / 2 - best.serverMs;
  const doubtMs = doubtOf(best);
  const found = `${Math.abs(aheadMs).toFixed(0)} ms ${aheadMs < 0 ? "behind" : "ahead of"} ` +
    `the server's, give or take ${doubtMs.toFixed(0)} ms`;
  if (Math.abs(aheadMs) - doubtMs < MUCH_MS) return ok("clock", found);
  return warning("clock", found, "have both machines' clocks set by NTP: timedatectl");
}

function doubtOf({ sentMs, receivedMs }: ClockSample): number {
  return (receivedMs - sentMs) / 2;
}
