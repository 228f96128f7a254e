import { Buffer } from "node:buffer";
import { JetStreamApiError, JetStreamError } from "@nats-io/jetstream";
import { type Msg, type MsgHdrs, MsgHdrsImpl } from "@nats-io/transport-node";
import { z } from "zod";
import type { StreamMessage } from "./event_codec.ts";
import { jsonOrNull } from "./json.ts";
import type { Link } from "./link.ts";
import { encodeText } from "./text.ts";

// Both ways not by the client, whose requests take nearly twice the time: a walk makes many, one after the other.

/**
 * A stream's message at a sequence, as whichever replica answers has it; null = that one does not.
 * Rejects as `Link.request` does. Source: NATS ADR-31.
 */
export async function getDirect(
  link: Link,
  streamName: string,
  sequence: number,
  timeoutMs: number,
): Promise<StreamMessage | null> {
  const answer = await link.request(
    `$JS.API.DIRECT.GET.${streamName}`,
    encodeText(JSON.stringify({ seq: sequence })),
    { timeoutMs },
  );
  const header = headersOf(answer);
  // The server's own come last, behind what the message was stored with. A status in place of a message has none.
  const subject = header?.last("Nats-Subject");
  if (!subject || header?.last("Nats-Sequence") !== String(sequence)) return null;
  return { subject, seq: sequence, header, data: answer.data };
}

/** Undefined where they can't be read: what the leader says of that message is another matter. */
function headersOf(answer: Msg): MsgHdrs | undefined {
  try {
    return answer.headers;
  } catch {
    return undefined;
  }
}

/** Which message: that at a sequence, or the first of a subject from there or a time on; or a subject's last. */
export type MessageQuery =
  | { seq: number; next_by_subj?: string; start_time?: Date | string }
  | { last_by_subj: string };

/** A message with the time at which it was stored, by the server's clock: ISO 8601 with nanoseconds. */
export type FoundMessage = StreamMessage & { time: string };

/** Error code of the server: the stream has no such message. */
const NO_MESSAGE_FOUND = 10037;

const Answer = z.union([
  z.object({
    message: z.object({
      subject: z.string(),
      seq: z.int().positive(),
      hdrs: z.string().optional(),
      data: z.string().default(""),
      time: z.string(),
    }),
  }),
  z.object({ error: z.object({ code: z.int(), err_code: z.int(), description: z.string() }) }),
]);

/**
 * The message that the query finds, as the stream's leader has it; null = there is none.
 * Rejects as `Link.request` does, and with `JetStreamApiError` and `JetStreamError`.
 */
export async function getFromLeader(
  link: Link,
  streamName: string,
  query: MessageQuery,
  timeoutMs: number,
): Promise<FoundMessage | null> {
  const body = encodeText(JSON.stringify(query));
  const answer = await link.request(`$JS.API.STREAM.MSG.GET.${streamName}`, body, { timeoutMs });
  return readAnswer(answer.string());
}

/** What the leader's answer says. Throws `JetStreamApiError` and `JetStreamError`. */
export function readAnswer(text: string): FoundMessage | null {
  const { data: found } = Answer.safeParse(jsonOrNull(text));
  if (found === undefined) throw new JetStreamError("What answered is not JetStream");
  if ("error" in found) {
    if (found.error.err_code === NO_MESSAGE_FOUND) return null;
    throw new JetStreamApiError(found.error);
  }
  const { subject, seq, hdrs, data, time } = found.message;
  return {
    subject,
    seq,
    /** Throws where they can't be read. */
    get header() {
      return hdrs === undefined ? undefined : MsgHdrsImpl.decode(Buffer.from(hdrs, "base64"));
    },
    data: Buffer.from(data, "base64"),
    time,
  };
}
