/** Where a command is wrong, and how. `path` leads into the command as it was sent, or to a header. */
export type Problem = { path: string; message: string };

/** A message that is no acceptable command. */
export class BadCommand extends Error {
  /** Tells this class apart in logs. */
  override name = "BadCommand";

  /** Says in `message` what is wrong, in `details` each problem where there are some to list. */
  constructor(
    readonly code: "ParseError" | "ValidationError",
    message: string,
    readonly details?: Problem[],
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
