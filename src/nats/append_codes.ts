/** What an error code in the answer to an append means. Never judged by its text. */
export type CodeMeaning = "look" | "again" | "storage full" | "unavailable" | "defect";

/** The head may have moved, or an earlier try may be under way: only a look at the leader tells. */
const LOOK = new Set([
  10071, // wrong last sequence
  10164, // wrong last sequence, number unknown: another append to the person is in flight
  10158, // the same message id is in process
  10201, // a message id of the batch is stored already
]);

/** Nothing was stored by this try, and the same append may succeed in a moment. */
const AGAIN = new Set([
  10008, // JetStream temporarily unavailable
  10118, // stream offline
  10167, // stream not ready: too many requests waiting
  10176, // batch incomplete
  10210, // too many open batches
]);

const STORAGE_FULL = new Set([
  10002, // resource limits of the account exceeded
  10023, // insufficient resources
  10047, // storage resources exceeded
  10077, // store failed: a limit of the stream with discard new
]);

/** Reads an error code, with the HTTP-like status for those not known here. */
export function meaningOf(code: number, status: number): CodeMeaning {
  if (LOOK.has(code)) return "look";
  if (AGAIN.has(code)) return "again";
  if (STORAGE_FULL.has(code)) return "storage full";
  return status >= 500 ? "unavailable" : "defect";
}
