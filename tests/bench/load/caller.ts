import { createInbox, type Msg, MsgHdrsImpl, type NatsConnection } from "@nats-io/transport-node";

/** Of what is no reply. */
const NO_SLOT = -1;

/** A command as it is sent. */
export type Command = { subject: string; payload: Uint8Array | string };

/**
 * Sends commands and tells of their replies. Of its own, for it shares the machine with what it measures: the client's
 * `request` makes a timer and several promises each time, which cost as much as all the rest.
 */
export class Caller {
  readonly #nc: NatsConnection;
  readonly #inbox: string;
  readonly #run = crypto.randomUUID().slice(0, 8);
  #sent = 0;

  /**
   * Nothing is sent yet.
   * @param inboxPrefix where replies are received; left out: the connection's own
   * @param onReply takes the number of the command's slot, and what is wrong with the reply
   */
  constructor(
    nc: NatsConnection,
    onReply: (slot: number, failure: Error | undefined) => void,
    inboxPrefix?: string,
  ) {
    this.#nc = nc;
    this.#inbox = `${createInbox(inboxPrefix)}.`;
    nc.subscribe(`${this.#inbox}*`, {
      callback: (error, message) => {
        // This login may not receive replies here: there is no message then.
        if (error !== null) return onReply(NO_SLOT, error);
        onReply(Number(message.subject.slice(this.#inbox.length)), failureOf(message));
      },
    });
  }

  /** The slot's reply is told by its number: no other command of that slot may be under way. */
  send(slot: number, { subject, payload }: Command): void {
    const id = [`${this.#run}-${this.#sent++}`];
    const headers = MsgHdrsImpl.fromRecord({ "Nats-Msg-Id": id });
    this.#nc.publish(subject, payload, { reply: this.#inbox + slot, headers });
  }
}

/** The reply to an accepted command has no headers. */
function failureOf(message: Msg): Error | undefined {
  const { headers } = message;
  if (headers === undefined) return undefined;
  if (headers.code === 503) return new Error("Nobody takes commands there");
  return new Error(`A command was not accepted: ${message.string()}`);
}
