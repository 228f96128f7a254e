import { setTimeout as delay } from "node:timers/promises";
import { getLogger } from "@logtape/logtape";
import { isPassing } from "./attempts.ts";
import { asRefusal } from "./startup_refused.ts";

const logger = getLogger(["person-service", "stream"]);

const LONGEST_PAUSE_MS = 5_000;

/**
 * Works until it succeeds: JetStream may need a while after its server is up, or have no leader for a moment.
 * Throws at once what trying again won't mend, a lacking permission as `StartupRefused`.
 */
export async function persist<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 0;; tries++) {
    try {
      return await work();
    } catch (error) {
      if (!isPassing(error)) throw asRefusal(error);
      const reason = error instanceof Error ? error.message : error;
      logger.warn("JetStream gives no answer yet: trying again: {reason}", { reason });
      await delay(Math.min(LONGEST_PAUSE_MS, 250 * 2 ** Math.min(tries, 10)));
    }
  }
}
