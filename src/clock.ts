/** The machine's clock: ISO 8601 in UTC with milliseconds, and milliseconds that only ever grow. */
export const systemClock: { now(): string; monotonicMs(): number } = {
  now: isoNow(),
  monotonicMs: () => performance.now(),
};

/** The time of day. The many commands of a millisecond share its text. */
function isoNow(): () => string {
  let textMs = NaN;
  let text = "";
  return () => {
    const nowMs = Date.now();
    if (nowMs !== textMs) {
      textMs = nowMs;
      text = new Date(nowMs).toISOString();
    }
    return text;
  };
}
