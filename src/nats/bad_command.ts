/** Where a command is wrong, and how. `path` leads into the command as it was sent, or to a header. */
export type Problem = { path: string; message: string };

/** Why a message is no acceptable command. */
export const BAD_COMMAND_CODES = ["ParseError", "ValidationError"] as const;

/** A message that is no acceptable command. */
export class BadCommand extends Error {
  /** Tells this class apart in logs. */
  override name = "BadCommand";

  /** Says in `message` what is wrong, in `details` each problem where there are some to list. */
  constructor(
    readonly code: (typeof BAD_COMMAND_CODES)[number],
    message: string,
    readonly details?: Problem[],
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
