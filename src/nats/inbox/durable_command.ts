import { getLogger } from "@logtape/logtape";
import type { Msg } from "@nats-io/transport-node";
import type { Deadline } from "../../application/ports.ts";
import type { Instant } from "../../domain/values.ts";
import {
  type DurableOrigin,
  executeCommand,
  type Execution,
  type ExecutionOptions,
} from "../command_execution.ts";
import { readHeaders } from "../command_headers.ts";
import type { ErrorCode, Reply } from "../replies.ts";
import { deadLetterOf, type DeadLetters } from "./dead_letters.ts";
import { type Delivery, ownIdOf, storedAt } from "./delivery.ts";
import { EarlierRefusal } from "./earlier_refusal.ts";
import { respond } from "./giving_back.ts";
import type { InboxOrder } from "./inbox_order.ts";
import type { OutcomeMessage, Outcomes } from "./outcomes.ts";
import { isPassingReply, mayDependOnEarlier } from "./redelivery.ts";

const logger = getLogger(["person-service", "inbox"]);

/** What settling takes from its surroundings. */
export type SettlingOptions = {
  outcomes: Outcomes;
  deadLetters: DeadLetters;
  order: InboxOrder;
  execution: ExecutionOptions;
};

/**
 * What a message of the inbox came to: an outcome that is stored, so that the message may be taken away, or a failure
 * that passes, for which it must come again, or a refusal that is held back until earlier messages are done.
 */
export type Settlement =
  | { settled: OutcomeMessage; acknowledgement: "+ACK" | "+TERM" }
  | { again: { code: ErrorCode; message: string } }
  | { held: { code: ErrorCode; message: string } };

/**
 * Decides a message of the inbox just as a live command, and stores what became of it.
 * Rejects when that can't be stored: the message must come again.
 *
 * @param onWaiting is called when a refusal begins to wait for earlier messages, which may take long
 */
export async function settle(
  message: Msg,
  delivery: Delivery,
  options: SettlingOptions,
  onWaiting: () => void = () => {},
): Promise<Settlement> {
  const { outcomes, deadLetters, execution } = options;
  const ownId = ownIdOf(delivery);
  const commandId = readHeaders(message).given.commandId ?? ownId;
  // A refusal stored no event: decided anew it could come out otherwise than the caller was told. What was accepted the
  // person knows, or its history; where a restore has lost it, it is to be done.
  const { clock } = execution.dependencies;
  const refusal = new EarlierRefusal(outcomes, { commandId, delivery }, clock);
  await refusal.look();
  if (refusal.found !== null) return { settled: refusal.found, acknowledgement: "+ACK" };
  const publishedAt = comesAgainFrom(delivery, clock.now());
  const ensureNotRefused = (deadline: Deadline) => refusal.ensureNone(deadline);
  const origin = { ownId, publishedAt, ensureNotRefused };
  const decided = await decide(message, delivery, origin, options, onWaiting);
  if (!("reply" in decided)) return decided;
  const { reply, received } = decided;
  if (refusal.found !== null) return { settled: refusal.found, acknowledgement: "+ACK" };
  if ("error" in reply) {
    if (isPassingReply(reply.error.code, received)) return { again: reply.error };
    if (received === undefined) {
      await bury(message, delivery, { commandId, reason: reply.error, execution, deadLetters });
    }
  }
  return {
    settled: await outcomes.store(commandId, delivery, reply),
    acknowledgement: received === undefined ? "+TERM" : "+ACK",
  };
}

/** Decides a command, and a second time in its turn where earlier ones may have averted a refusal. */
async function decide(
  message: Msg,
  delivery: Delivery,
  origin: DurableOrigin,
  { order, execution }: SettlingOptions,
  onWaiting: () => void,
): Promise<Execution | Settlement> {
  const first = await executeCommand(message, execution, origin);
  const { reply, received } = first;
  if (!("error" in reply) || received === undefined) return first;
  if (!mayDependOnEarlier(reply, received)) return first;
  onWaiting();
  const { message: reason } = reply.error;
  logger.debug("Message {sequence} of {stream} waits for earlier ones: {reason}", {
    ...delivery,
    reason,
  });
  if (!await order.isTurnOf(delivery)) return { held: reply.error };
  // There is as much time for this try as there was for the first one.
  respond(message, "+WPI");
  return await executeCommand(message, execution, origin);
}

/** Longest by which the clocks of the servers that lead the inbox and the events may differ. */
const CLOCK_SKEW_MS = 10_000;

/**
 * An older message may have come before, whatever its count says: a consumer that was made anew counts from 1 again, and
 * so does that of a stream that was restored. In less time a person hardly forgets a command, and its history, which is
 * dear to read, need not be asked.
 */
const NEW_MS = 1_000;

/** Of a message that may have been delivered before: when it was published, at the earliest. */
function comesAgainFrom(delivery: Delivery, now: Instant): Instant | undefined {
  // In both directions: by a clock that is behind the server's everything would be new.
  const isNew = Math.abs(Date.parse(now) - Date.parse(storedAt(delivery))) <= NEW_MS;
  if (delivery.count === 1 && isNew) return undefined;
  return new Date(Date.parse(storedAt(delivery)) - CLOCK_SKEW_MS).toISOString();
}

async function bury(
  message: Msg,
  delivery: Delivery,
  { commandId, reason, execution, deadLetters }: {
    commandId: string;
    reason: Extract<Reply, { error: unknown }>["error"];
    execution: ExecutionOptions;
    deadLetters: DeadLetters;
  },
): Promise<void> {
  const now = execution.dependencies.clock.now();
  await deadLetters.store(deadLetterOf(message, delivery, { commandId, reason, now }), delivery);
  logger.warn("Message {sequence} of {stream} is no command, and kept as a dead letter: {reason}", {
    ...delivery,
    reason: reason.message,
  });
}
