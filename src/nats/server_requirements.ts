import type { NatsConnection } from "@nats-io/transport-node";
import { StartupRefused } from "./startup_refused.ts";
import { LEAST_MESSAGE_BYTES } from "./stream_safety.ts";

/** Oldest nats-server that checks a person's head on append and stores batches. */
export const LEAST_SERVER_VERSION: [major: number, minor: number] = [2, 12];

/** Throws `StartupRefused` for a server that would lose updates or can't take our events. */
export function refuseServer(info: NatsConnection["info"]): void {
  if (info === undefined) return;
  const [major = 0, minor = 0] = info.version.split(".").map(Number);
  const [leastMajor, leastMinor] = LEAST_SERVER_VERSION;
  if (major < leastMajor || (major === leastMajor && minor < leastMinor)) {
    // Older servers silently ignore the expectation that keeps two writers apart.
    throw new StartupRefused(
      `nats-server ${info.version} is too old: it would lose updates. Needed: ${leastMajor}.${leastMinor} or newer`,
    );
  }
  if (info.max_payload < LEAST_MESSAGE_BYTES) {
    throw new StartupRefused(
      `The server's max_payload is ${info.max_payload} bytes, events need ${LEAST_MESSAGE_BYTES}. Set max_payload: 1MB in its configuration`,
    );
  }
}
