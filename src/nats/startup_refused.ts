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
