import { getLogger } from "@logtape/logtape";
import { StartupRefused } from "./startup_refused.ts";
import type { EventStream } from "./stream.ts";

const logger = getLogger(["person-service", "stream"]);

/** What a stream that is looked up again can turn out to be. */
export type StreamGuardOptions = {
  /** Looks the stream up without making it; null = it is gone. Throws `StartupRefused` for an unsafe one. */
  find: () => Promise<EventStream | null>;
  /** The stream holds another history than it did: nothing remembered of it holds. */
  onRemade: (reason: string) => void;
  /** The stream must not be written to any more. */
  onRefused: (refusal: StartupRefused) => void;
};

/** Notices when the stream was remade, restored or made unsafe while the service was away from it. */
export class StreamGuard {
  readonly #options: StreamGuardOptions;
  #known: EventStream;

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
        // An empty stream in its place would make every person vanish without a word.
        logger.error(
          "Stream {stream} is gone: commands are answered Unavailable until it is restored; a restart makes an empty one",
          { stream: known.name },
        );
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

  #remade(found: EventStream, reason: string): void {
    this.#known = found;
    this.#options.onRemade(reason);
  }
}
