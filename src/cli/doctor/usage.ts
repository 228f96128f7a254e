/**
 * What is used of a limit.
 *
 * @module
 */
import { DiscardPolicy, type StreamInfo } from "@nats-io/jetstream";
import { failed, type Finding, ok, warning } from "./finding.ts";

const NEARLY_FULL = 0.8;
const FULL = 0.95;

/** Something that can be used up. */
export type Usage = {
  used: number;
  /** 0 and below: none. */
  limit: number;
  /** Says a number of it. */
  show: (amount: number) => string;
};

/** Says how much is left, and warns before there is nothing. */
export function checkUsage(check: string, { used, limit, show }: Usage, todo: string): Finding {
  if (limit <= 0) return ok(check, `${show(used)}, without limit`);
  const found = `${show(used)} of ${show(limit)} (${Math.floor(100 * used / limit)} %)`;
  if (used >= FULL * limit) return failed(check, found, todo);
  return used >= NEARLY_FULL * limit ? warning(check, found, todo) : ok(check, found);
}

/**
 * What a stream holds of its limits: bytes, and messages where these are limited.
 *
 * @param unit what its messages are
 */
export function* checkRoom(
  check: string,
  { config, state }: StreamInfo,
  unit = "messages",
): Generator<Finding> {
  const todo = `nats stream edit ${config.name} --max-bytes=-1 --max-msgs=-1`;
  const judge = (finding: Finding): Finding =>
    // One that drops the oldest is always full; that it drops any is told of its settings.
    finding.status === "failed" && config.discard === DiscardPolicy.Old
      ? warning(finding.check, finding.found, todo)
      : finding;
  const stored = { used: state.bytes, limit: config.max_bytes, show: bytes };
  yield judge(checkUsage(`${check} storage`, stored, todo));
  if (config.max_msgs <= 0) return;
  const show = (amount: number) => `${amount} ${unit}`;
  const held = { used: state.messages, limit: config.max_msgs, show };
  yield judge(checkUsage(`${check} ${unit}`, held, todo));
}

/** `1.5 MiB` */
export function bytes(amount: number): string {
  const units = ["bytes", "KiB", "MiB", "GiB", "TiB"];
  const power = amount < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(amount) / 10));
  const scaled = amount / 1024 ** power;
  return `${power === 0 ? scaled : scaled.toFixed(1)} ${units[power]}`;
}
