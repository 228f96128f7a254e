import { getLogger } from "@logtape/logtape";
import type { Msg } from "@nats-io/transport-node";
import type { CommandDependencies } from "../application/handle_command.ts";
import { handleInTurn } from "../application/handle_together.ts";
import type { PersonQueues } from "../application/person_queues.ts";
import type { Deadline } from "../application/ports.ts";
import { personIdsOf, type ReceivedCommand } from "../application/received_command.ts";
import type { Instant } from "../domain/values.ts";
import { decodeCommand } from "./command_codec.ts";
import { IN_STEP } from "./in_step.ts";
import { type Reply, replyToFailure, replyToResult } from "./replies.ts";

const logger = getLogger(["person-service", "commands"]);

/** What executing commands takes from its surroundings; one for all ways by which commands come in. */
export type ExecutionOptions = {
  /** Shared, for a person's commands must run one after the other wherever they come from. */
  queues: PersonQueues;
  dependencies: CommandDependencies;
  commandTimeoutMs: number;
};

/** What a message that is kept in a stream brings along. */
export type DurableOrigin = {
  /** The command's id where the caller gave none. */
  ownId: string;
  /** Of a message that may have been delivered before: see `ReceivedCommand`. */
  publishedAt: Instant | undefined;
  /** See `ReceivedCommand`. */
  ensureNotRefused: (deadline: Deadline) => Promise<void>;
};

/** What became of a message. */
export type Execution = {
  reply: Reply;
  /** Undefined for a message that is no command. */
  received: ReceivedCommand | undefined;
};

/**
 * Reads a message, decides its command when it is its turn, and makes the reply.
 * Never rejects: nothing that a message contains may end or wedge the process.
 *
 * @param durable of a message that is kept in a stream
 */
export async function executeCommand(
  message: Msg,
  options: ExecutionOptions,
  durable?: DurableOrigin,
): Promise<Execution> {
  const deadline = options.dependencies.clock.monotonicMs() + options.commandTimeoutMs;
  let received: ReceivedCommand | undefined;
  try {
    await IN_STEP;
    received = await decodeCommand(message, durable?.ownId);
    if (durable !== undefined) {
      received.ensureNotRefused = durable.ensureNotRefused;
      if (durable.publishedAt !== undefined) received.publishedAt = durable.publishedAt;
    }
    const result = await handleInTurn(received, deadline, options.queues, options.dependencies);
    return { received, reply: replyToResult(personIdsOf(received.command)[0], result) };
  } catch (failure) {
    const reply = replyToFailure(received && personIdsOf(received.command)[0], failure);
    if ("error" in reply && reply.error.code === "Internal") {
      logger.error("Command {commandId} on {subject} failed", {
        commandId: received?.commandId,
        subject: message.subject,
        error: failure,
      });
    }
    return { received, reply };
  }
}
