import { PermissionViolationError } from "@nats-io/transport-node";

/** The service can't start with what it found, and trying again won't help: exit 78 (EX_CONFIG). */
export class StartupRefused extends Error {
  /** Tells this class apart in logs. */
  override name = "StartupRefused";
}

/** Whether the server said that this login may not do that. */
export function isPermissionViolation(error: unknown): boolean {
  return error instanceof PermissionViolationError ||
    (error instanceof Error && error.cause instanceof PermissionViolationError);
}

/** The error, or where it is a lacking permission the refusal that names it. */
export function asRefusal(error: unknown): unknown {
  if (!isPermissionViolation(error)) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new StartupRefused(`This login lacks a permission: ${reason}`, { cause: error });
}
