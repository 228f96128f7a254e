/**
 * What a fault is, and what faults are made with.
 *
 * @module
 */
import { setTimeout as delay } from "node:timers/promises";
import { until } from "../support/until.ts";
import type { Random } from "./random.ts";
import { PATIENCE_MS, type TortureSystem } from "./system.ts";
import type { TcpProxy } from "./tcp_proxy.ts";

/** A kind of fault. */
export type Fault = {
  name: string;
  /** How often it comes, next to the others. */
  weight: number;
  /** Whether a leader may be replaced without its knowledge, and tell of old states then. */
  isDoubtful?: true;
  /** Injects it and undoes it again. false: there was no occasion, and nothing was done. */
  run: (system: TortureSystem, random: Random) => Promise<void | false>;
};

/** Does something to links, and mends them after a time. */
export async function amid(
  links: TcpProxy[],
  harm: (link: TcpProxy) => void,
  durationMs: number,
): Promise<void> {
  for (const link of links) harm(link);
  await delay(durationMs);
  for (const link of links) link.mend();
}

/** Asks until there is an answer: the stream may have no leader for a moment. */
export function persist<T>(work: () => Promise<T>): Promise<T> {
  return until("the stream can be changed", work, PATIENCE_MS);
}
