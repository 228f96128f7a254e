/**
 * How an operator replaces a stream for durable commands, and keeps what is in it.
 *
 * @module
 */
import { unreachable } from "../../domain/values.ts";
import type { Severity } from "./durable_stream_rule.ts";
import type { DurableStreamKind } from "./durable_stream_settings.ts";

/**
 * What to do about a stream with a setting that can't be edited.
 *
 * @param worst the severity of the worst such setting: what the service still does with the stream
 */
export function replacementAdvice(name: string, kind: DurableStreamKind, worst: Severity): string {
  const anew = `nats stream rm ${name}, and DURABLE_COMMANDS=true person-service setup`;
  switch (kind) {
    case "inbox":
      return inboxAdvice(anew, worst);
    case "outcomes":
      return "can't be edited: when nobody asks any more what became of earlier commands, " + anew;
    case "dead letters":
      return worst === "unusable"
        ? "can't be edited, nor letters taken from it: keep what person-service dlq show --all --json " +
          `says of them, then ${anew}`
        : `can't be edited: when all letters are retried or dropped, ${anew}`;
    default:
      return unreachable(kind);
  }
}

function inboxAdvice(anew: string, worst: Severity): string {
  const emptied = 'until "inbox lag" of person-service doctor says 0 to be read, 0 unacknowledged';
  switch (worst) {
    case "tolerated":
      return `can't be edited: stop its publishers ${emptied}, then ${anew}`;
    case "lossy":
      return "can't be edited: stop its publishers, and run one instance with " +
        `ALLOW_UNSAFE_STREAM=true ${emptied}; then stop that, ${anew}`;
    case "unusable":
      return "can't be edited, and what waits in it can't be done: stop its publishers, " +
        `${anew}, and have them publish again all that has no outcome`;
    default:
      return unreachable(worst);
  }
}
