import type { NatsConnection } from "@nats-io/transport-node";
import { StartupRefused } from "./startup_refused.ts";
import { LEAST_MESSAGE_BYTES } from "./stream_safety.ts";

/** Oldest nats-server that checks a person's head on append and stores batches. */
export const LEAST_SERVER_VERSION: [major: number, minor: number] = [2, 12];

/** Throws `StartupRefused` for a server that would lose updates or can't take our events. */
export function refuseServer(info: NatsConnection["info"]): void {
  if (info === undefined) return;
  const reason = whyTooOld(info.version) ?? whyTooSmall(info.max_payload);
  if (reason !== null) throw new StartupRefused(reason);
}

/** What is wrong with a server of this version; null = nothing. */
export function whyTooOld(version: string): string | null {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [leastMajor, leastMinor] = LEAST_SERVER_VERSION;
  if (major > leastMajor || (major === leastMajor && minor >= leastMinor)) return null;
  // Older servers silently ignore the expectation that keeps two writers apart.
  return `nats-server ${version} is too old: it would lose updates. Needed: ${leastMajor}.${leastMinor} or newer`;
}

/** What is wrong with a server that takes messages of so many bytes at most; null = nothing. */
export function whyTooSmall(maxPayload: number): string | null {
  if (maxPayload >= LEAST_MESSAGE_BYTES) return null;
  return `The server's max_payload is ${maxPayload} bytes, events need ${LEAST_MESSAGE_BYTES}. Set max_payload: 1MB in its configuration`;
}
