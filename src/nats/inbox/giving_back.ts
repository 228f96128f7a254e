import { getLogger } from "@logtape/logtape";
import { type Msg, nanos } from "@nats-io/transport-node";

const logger = getLogger(["person-service", "inbox"]);

/** Gives a message back, to come again after that time. */
export function giveBack(message: Msg, delayMs: number): void {
  respond(message, `-NAK ${JSON.stringify({ delay: nanos(delayMs) })}`);
}

/** To an acknowledgement subject. When the connection is closed the message comes again by itself. */
export function respond(message: Msg, acknowledgement: string): void {
  try {
    message.respond(acknowledgement);
  } catch (error) {
    logger.debug("{message} comes again", { message: message.reply, error });
  }
}
