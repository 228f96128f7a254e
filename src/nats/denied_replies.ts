import { getLogger } from "@logtape/logtape";
import { unreachable } from "../domain/values.ts";

const logger = getLogger(["person-service", "nats"]);

const LOG_INTERVAL_MS = 10_000;

/** What a connection sends to subjects of the callers': replies to requests, or outcomes, by the header `Reply-To`. */
export type Answers = "replies" | "outcomes";

/** Where an answer was to go, and where callers find it that are to have an outcome. */
export type DeniedReply = { subject: string; connection: string; outcomes: string };

/**
 * Answers that the server does not let out. Of replies these may be many after a reconnect: what `allow_responses`
 * allows ends with the connection on which the command came. With outcomes nothing is amiss but the caller's wish,
 * which any caller may have.
 */
export class DeniedReplies {
  readonly #answers: Answers;
  #unsaid = 0;
  #loggedMs = -Infinity;

  /** Of one connection. */
  constructor(answers: Answers) {
    this.#answers = answers;
  }

  /** Logs it, unless one was logged just before: then it is counted. */
  report(reply: DeniedReply): void {
    const nowMs = performance.now();
    if (nowMs - this.#loggedMs < LOG_INTERVAL_MS) {
      this.#unsaid++;
      return;
    }
    log(this.#answers, { ...reply, unsaid: this.#unsaid });
    this.#unsaid = 0;
    this.#loggedMs = nowMs;
  }
}

function log(answers: Answers, properties: DeniedReply & { unsaid: number }): void {
  switch (answers) {
    case "replies":
      return logger.error(
        "NATS did not let out a reply to {subject} ({unsaid} others since this was last said): its command came before a reconnect, or long ago, or the login lacks allow_responses; the caller sends it again with the same id",
        properties,
      );
    case "outcomes":
      return logger.warn(
        "NATS did not let out the outcome of a durable command to {subject}, which its header Reply-To names ({unsaid} others since this was last said): the login may not publish there. The outcome is kept on {outcomes} all the same; allow the subject in the account if callers are to name it",
        properties,
      );
    default:
      return unreachable(answers);
  }
}
