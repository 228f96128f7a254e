import type { AppendRequest } from "./append_request.ts";

/** The server takes 1,000 messages a batch; beyond a few hundred a batch only gets slower. */
const MAX_EVENTS = 512;
const MAX_BYTES = 4 * 1024 * 1024;

/** How many of the appends, from the first on, fit into one batch; at least one. */
export function fitInOneBatch(requests: AppendRequest[]): number {
  let events = 0;
  let bytes = 0;
  const end = requests.findIndex((request) => {
    events += request.messages.length;
    bytes += request.bytes;
    return events > MAX_EVENTS || bytes > MAX_BYTES;
  });
  // One alone always fits: its events are those of a single command or of as many as a batch holds.
  return end === -1 ? requests.length : Math.max(1, end);
}
