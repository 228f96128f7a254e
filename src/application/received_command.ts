import { aggregateIdOf, type PersonCommand } from "../domain/commands.ts";
import type { Deadline } from "./ports.ts";
import type { Instant, PersonId } from "../domain/values.ts";

/** A command as it came in, parsed, with its headers. */
export type ReceivedCommand = {
  command: PersonCommand;
  /** Given by the caller as `Nats-Msg-Id`, else made by the service. */
  commandId: string;
  /** SHA-256 (base64url) of the command's canonical form. */
  commandHash: string;
  correlationId: string;
  expectedVersion: number | null;
  traceparent: string | null;
  /** Bytes of the command, at most: what it takes while it waits, and what it can add to a person's state. */
  bytes: number;
  /**
   * Of a command that may have been delivered before: it was not published earlier, by the server's clock. With
   * milliseconds.
   */
  publishedAt?: Instant;
  /**
   * Of a command that may be decided elsewhere, too: to be called before it is accepted. Rejects with `StoreUnavailable`
   * where it was refused meanwhile, or that can't be told.
   */
  ensureNotRefused?: (deadline: Deadline) => Promise<void>;
};

/** The persons whose histories the command reads and may extend; for a merge the source comes first. */
export function personIdsOf(command: PersonCommand): [PersonId, ...PersonId[]] {
  return command.type === "MergePersons"
    ? [command.data.source_person_id, command.data.target_person_id]
    : [aggregateIdOf(command)];
}
