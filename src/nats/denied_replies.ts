import { getLogger } from "@logtape/logtape";

const logger = getLogger(["person-service", "nats"]);

const LOG_INTERVAL_MS = 10_000;

/**
 * Replies that the server does not let out. After a reconnect these may be many: what `allow_responses` allows ends
 * with the connection on which the command came.
 */
export class DeniedReplies {
  #unsaid = 0;
  #loggedMs = -Infinity;

  /** Logs it, unless one was logged just before: then it is counted. */
  report(subject: string, connection: string): void {
    const nowMs = performance.now();
    if (nowMs - this.#loggedMs < LOG_INTERVAL_MS) {
      this.#unsaid++;
      return;
    }
    logger.error(
      "NATS did not let out a reply to {subject} ({unsaid} others since this was last said): its command came before a reconnect, or long ago, or the login lacks allow_responses; the caller sends it again with the same id",
      { subject, unsaid: this.#unsaid, connection },
    );
    this.#unsaid = 0;
    this.#loggedMs = nowMs;
  }
}
