import { getLogger } from "@logtape/logtape";
import type { Msg, NatsConnection, Subscription } from "@nats-io/transport-node";
import { executeCommand, type ExecutionOptions } from "./command_execution.ts";
import { readHeaders } from "./command_headers.ts";
import { encodeReply, type Reply } from "./replies.ts";
import type { EndpointStats } from "./service_info.ts";
import { mayReplyTo, QUEUE_GROUP, type Subjects } from "./subjects.ts";
import { encodeText } from "./text.ts";
import type { ReceivedCommand } from "../application/received_command.ts";

const logger = getLogger(["person-service", "commands"]);

/** What the endpoint takes from its surroundings. */
export type CommandEndpointOptions = ExecutionOptions & {
  nc: NatsConnection;
  /** Where commands come in, and where their events are. */
  subjects: Subjects;
};

/** Takes commands from a subject and answers each of them. */
export class CommandEndpoint {
  readonly #options: CommandEndpointOptions;
  #handling = 0;
  #whenIdle: (() => void) | undefined;
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
    while (this.#handling > 0) await new Promise<void>((resolve) => this.#whenIdle = resolve);
  }

  /** What was counted since the start. */
  get stats(): EndpointStats {
    return this.#stats;
  }

  #take(message: Msg): void {
    this.#handling++;
    void this.#answer(message);
  }

  /** Never rejects, as `executeCommand` does not. */
  async #answer(message: Msg): Promise<void> {
    const { clock } = this.#options.dependencies;
    const takenAtMs = clock.monotonicMs();
    try {
      const { reply, received } = await executeCommand(message, this.#options);
      this.#count(reply, clock.monotonicMs() - takenAtMs);
      this.#respond(message, received, reply);
    } finally {
      if (--this.#handling === 0) this.#whenIdle?.();
    }
  }

  #count(reply: Reply, elapsedMs: number): void {
    this.#stats.requests++;
    this.#stats.processingTimeNs += Math.round(elapsedMs * 1e6);
    if (!("error" in reply)) return;
    this.#stats.errors++;
    this.#stats.lastError = `${reply.error.code}:${reply.error.message}`;
  }

  #respond(message: Msg, received: ReceivedCommand | undefined, reply: Reply): void {
    if (message.reply && mayReplyTo(message.reply, this.#options.subjects)) {
      try {
        const { payload, headers } = encodeReply(reply);
        message.respond(encodeText(payload), headers === undefined ? {} : { headers });
      } catch (error) {
        logger.error("The reply to command {commandId} could not be sent", {
          commandId: received?.commandId,
          error,
        });
      }
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
