/**
 * What a check came to.
 *
 * @module
 */
import { PermissionViolationError } from "@nats-io/transport-node";

/** From best to worst; `skipped`: nothing can be said, for the reason given. */
export type Status = "ok" | "skipped" | "warning" | "failed";

/** One line of the doctor's. */
export type Finding = {
  status: Status;
  /** What was looked at, in a few words. */
  check: string;
  /** What there is. */
  found: string;
  /** What the operator may do about it; null = nothing. */
  todo: string | null;
};

/** As it should be; with something to do, as it may be, though not where much hangs on it. */
export function ok(check: string, found: string, todo: string | null = null): Finding {
  return { status: "ok", check, found, todo };
}

/** As a production system is judged: what could be better is a warning. */
export function judgedStrictly(finding: Finding): Finding {
  const { status, todo } = finding;
  return status === "ok" && todo !== null ? { ...finding, status: "warning" } : finding;
}

/** It works, but not as well or as safely as it could. */
export function warning(check: string, found: string, todo: string): Finding {
  return { status: "warning", check, found, todo };
}

/** The service can't work with this, or loses something by it. */
export function failed(check: string, found: string, todo: string | null = null): Finding {
  return { status: "failed", check, found, todo };
}

/** It could not be looked at. */
export function skipped(check: string, why: string, todo: string | null = null): Finding {
  return { status: "skipped", check, found: why, todo };
}

/** What `look` finds; where this login may not look, the check is skipped, and any other error fails it. */
export async function attempt(check: string, look: () => Promise<Finding>): Promise<Finding> {
  const looked = await lookAt(check, look);
  return "problem" in looked ? looked.problem : looked.value;
}

/** What `look` resolves to, or what its error comes to as the finding of a check. */
export async function lookAt<T>(
  check: string,
  look: () => Promise<T>,
): Promise<{ value: T } | { problem: Finding }> {
  try {
    return { value: await look() };
  } catch (error) {
    const denied = deniedBy(error);
    if (denied !== null) return { problem: skipped(check, denied) };
    return { problem: failed(check, error instanceof Error ? error.message : String(error)) };
  }
}

/** Why the server did not let this login do something; null for any other error. */
export function deniedBy(error: unknown): string | null {
  const violation = error instanceof Error && !(error instanceof PermissionViolationError)
    ? error.cause
    : error;
  if (!(violation instanceof PermissionViolationError)) return null;
  const use = violation.operation === "publish" ? "publish to" : "subscribe to";
  return `this login may not ${use} ${violation.subject}`;
}
