import { setTimeout as delay } from "node:timers/promises";
import { getLogger } from "@logtape/logtape";
import { StartupRefused } from "./startup_refused.ts";
import type { EventStream } from "./stream.ts";

const logger = getLogger(["person-service", "stream"]);

/** How often to look for a stream that may be gone, or is. */
const LOOK_INTERVAL_MS = 2_000;
/** While it is gone, that is said once a minute. */
const LOOKS_A_MESSAGE = 60_000 / LOOK_INTERVAL_MS;

/** What a stream that is looked up again can turn out to be. */
export type StreamGuardOptions = {
  /** Looks the stream up without making it; null = it is gone. Throws `StartupRefused` for an unsafe one. */
  find: () => Promise<EventStream | null>;
  /** Whether it is there, asked once. Rejects when there is no answer. */
  isThere: () => Promise<boolean>;
  /** Nothing more is to be looked at. */
  signal: AbortSignal;
  /** The stream holds another history than it did: nothing remembered of it holds. */
  onRemade: (reason: string) => void;
  /** The stream must not be written to any more. */
  onRefused: (refusal: StartupRefused) => void;
};

/** Notices when the stream is gone, and when it was remade, restored or made unsafe. */
export class StreamGuard {
  readonly #options: StreamGuardOptions;
  #known: EventStream;
  #isGone = false;
  #suspectedMs = -Infinity;

  /** @param opened the stream as it was when the service started to use it */
  constructor(opened: EventStream, options: StreamGuardOptions) {
    this.#known = opened;
    this.#options = options;
  }

  /** When the stream was made, as the server says it. */
  get created(): string {
    return this.#known.created;
  }

  /** Takes note of a stored event's sequence. */
  saw(sequence: number): void {
    if (sequence > this.#known.lastSequence) this.#known.lastSequence = sequence;
  }

  /** Looks at the stream again, after every reconnect. */
  async recheck(): Promise<void> {
    const known = { ...this.#known };
    try {
      const found = await this.#options.find();
      if (found === null) {
        void this.#waitUntilBack();
        return;
      }
      if (found.created !== known.created) this.#remade(found, "it was made anew");
      else if (found.lastSequence < known.lastSequence) {
        this.#remade(found, `it ended at ${known.lastSequence} and ends at ${found.lastSequence}`);
      } else this.saw(found.lastSequence);
    } catch (error) {
      if (error instanceof StartupRefused) this.#options.onRefused(error);
      else logger.warn("Stream {stream} could not be checked", { stream: known.name, error });
    }
  }

  /** To be called when the stream could not be used: nothing else tells that it is gone while the connection stays. */
  async suspect(): Promise<void> {
    const nowMs = performance.now();
    if (this.#isGone || nowMs - this.#suspectedMs < LOOK_INTERVAL_MS) return;
    this.#suspectedMs = nowMs;
    if (await this.#isThere() === false) await this.#waitUntilBack();
  }

  async #waitUntilBack(): Promise<void> {
    const { signal } = this.#options;
    const { name: stream } = this.#known;
    if (this.#isGone) return;
    this.#isGone = true;
    for (let looks = 0; await this.#isThere() !== true; looks++) {
      // An empty stream in its place would make every person vanish without a word.
      if (looks % LOOKS_A_MESSAGE === 0) {
        logger.error(
          "Stream {stream} is gone: commands are answered Unavailable until person-service restore has made it again; stop all instances first: one that starts makes an empty one, unless inbox, outcomes, dead letters or snapshots are left",
          { stream },
        );
      }
      await delay(LOOK_INTERVAL_MS, undefined, { signal }).catch(() => {});
      if (signal.aborted) return;
    }
    this.#isGone = false;
    logger.warn("Stream {stream} is there again", { stream });
    await this.recheck();
  }

  /** null = there is no telling. */
  async #isThere(): Promise<boolean | null> {
    try {
      return await this.#options.isThere();
    } catch (error) {
      logger.debug("Stream {stream} could not be looked for", { stream: this.#known.name, error });
      return null;
    }
  }

  #remade(found: EventStream, reason: string): void {
    this.#known = found;
    this.#options.onRemade(reason);
  }
}
