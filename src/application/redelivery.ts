import type { Instant } from "../domain/values.ts";
import type { LoadedPerson } from "./loaded_person.ts";
import type { Deadline, EventStore, Start, StoredEvent } from "./ports.ts";
import { personIdsOf, type ReceivedCommand } from "./received_command.ts";

/**
 * What is known of a command whose message was delivered before: an instance may have stored its event and ended before
 * it could say so. A person that has accepted more commands since than it remembers does not know it any more; its
 * history does.
 */
export class Redelivery {
  #unread: Start;
  #event: StoredEvent | undefined;

  /** @param publishedAt the event can't be older, by the server's clock */
  constructor(publishedAt: Instant) {
    this.#unread = { time: publishedAt };
  }

  /** Reads what came to the history of the command's person, up to now. Rejects as `EventStore.readFrom`. */
  async lookBack(received: ReceivedCommand, events: EventStore, deadline: Deadline): Promise<void> {
    if (this.#event !== undefined) return;
    const [personId] = personIdsOf(received.command);
    const history = await events.readFrom(personId, this.#unread, deadline);
    this.#event = history.find(({ envelope }) => envelope.causation_id === received.commandId);
    const last = history.at(-1);
    if (last !== undefined) this.#unread = { sequence: last.streamSequence + 1 };
  }

  /** The command's event, where one was found. */
  get event(): StoredEvent | undefined {
    return this.#event;
  }

  /** Whether the person may have forgotten a command that was not looked for yet. */
  mayBeForgottenBy({ commands }: LoadedPerson): boolean {
    const { rememberedFrom } = commands;
    return "time" in this.#unread ? rememberedFrom > 0 : rememberedFrom > this.#unread.sequence;
  }
}
