import { getLogger } from "@logtape/logtape";
import type { Msg, NatsConnection, Subscription } from "@nats-io/transport-node";
import { type CommandDependencies, handleCommand } from "../application/handle_command.ts";
import type { PersonQueues } from "../application/person_queues.ts";
import type { Deadline } from "../application/ports.ts";
import { decodeCommand } from "./command_codec.ts";
import { readHeaders } from "./command_headers.ts";
import { encodeReply, type Reply, replyToFailure, replyToResult } from "./replies.ts";
import type { EndpointStats } from "./service_info.ts";
import { mayReplyTo, QUEUE_GROUP, type Subjects } from "./subjects.ts";
import { personIdsOf, type ReceivedCommand } from "../application/received_command.ts";

const logger = getLogger(["person-service", "commands"]);

/** What the endpoint takes from its surroundings. */
export type CommandEndpointOptions = {
  nc: NatsConnection;
  /** Where commands come in, and where their events are. */
  subjects: Subjects;
  queues: PersonQueues;
  dependencies: CommandDependencies;
  commandTimeoutMs: number;
};

/** Takes commands from a subject and answers each of them. */
export class CommandEndpoint {
  readonly #options: CommandEndpointOptions;
  readonly #handling = new Set<Promise<void>>();
  readonly #subscription: Subscription;
  readonly #stats: EndpointStats = { requests: 0, errors: 0, lastError: "", processingTimeNs: 0 };

  /** Takes commands from now on. */
  constructor(options: CommandEndpointOptions) {
    this.#options = options;
    this.#subscription = options.nc.subscribe(options.subjects.commands, {
      queue: QUEUE_GROUP,
      callback: (error, message) => {
        if (error) logger.error("The subscription to commands failed", { error });
        else this.#take(message);
      },
    });
  }

  /** Takes no further command and waits until those taken are answered. */
  async drain(): Promise<void> {
    try {
      await this.#subscription.drain();
    } catch {
      // With the connection lost nothing more comes in; what came is still to be answered.
    }
    while (this.#handling.size > 0) await Promise.all(this.#handling);
  }

  /** What was counted since the start. */
  get stats(): EndpointStats {
    return this.#stats;
  }

  #take(message: Msg): void {
    const handling = this.#answer(message).finally(() => this.#handling.delete(handling));
    this.#handling.add(handling);
  }

  /** Never rejects: nothing that a message contains may end or wedge the process. */
  async #answer(message: Msg): Promise<void> {
    const { dependencies: { clock }, commandTimeoutMs } = this.#options;
    const takenAtMs = clock.monotonicMs();
    const deadline = takenAtMs + commandTimeoutMs;
    let received: ReceivedCommand | undefined;
    let reply: Reply;
    try {
      received = decodeCommand(message);
      reply = await this.#handle(received, deadline);
    } catch (failure) {
      reply = replyToFailure(received && personIdsOf(received.command)[0], failure);
      logFailure(reply, received, message, failure);
    }
    this.#count(reply, clock.monotonicMs() - takenAtMs);
    try {
      this.#respond(message, received, reply);
    } catch (error) {
      logger.error("The reply to command {commandId} could not be sent", {
        commandId: received?.commandId,
        error,
      });
    }
  }

  #count(reply: Reply, elapsedMs: number): void {
    this.#stats.requests++;
    this.#stats.processingTimeNs += Math.round(elapsedMs * 1e6);
    if (!("error" in reply)) return;
    this.#stats.errors++;
    this.#stats.lastError = `${reply.error.code}:${reply.error.message}`;
  }

  async #handle(received: ReceivedCommand, deadline: Deadline): Promise<Reply> {
    const { queues, dependencies } = this.#options;
    const personIds = personIdsOf(received.command);
    const result = await queues.run(
      personIds,
      received.bytes,
      deadline,
      () => handleCommand(received, deadline, dependencies),
    );
    return replyToResult(personIds[0], result);
  }

  #respond(message: Msg, received: ReceivedCommand | undefined, reply: Reply): void {
    if (message.reply && mayReplyTo(message.reply, this.#options.subjects)) {
      const { payload, headers } = encodeReply(reply);
      message.respond(payload, headers === undefined ? {} : { headers });
    } else if ("error" in reply) {
      // Nobody else will ever hear of it.
      logger.warn("Command {commandId} without a reply subject failed: {code}: {message}", {
        commandId: received?.commandId ?? readHeaders(message).given.commandId ?? "without id",
        code: reply.error.code,
        message: reply.error.message,
      });
    }
  }
}

function logFailure(
  reply: Reply,
  received: ReceivedCommand | undefined,
  { subject }: Msg,
  error: unknown,
): void {
  if (!("error" in reply) || reply.error.code !== "Internal") return;
  logger.error("Command {commandId} on {subject} failed", {
    commandId: received?.commandId,
    subject,
    error,
  });
}
