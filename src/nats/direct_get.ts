import type { StreamMessage } from "./event_codec.ts";
import type { Link } from "./link.ts";
import { encodeText } from "./text.ts";

/**
 * A stream's message at a sequence, as whichever replica answers has it; null = that one does not.
 * Not by the client, whose requests take nearly twice the time: a walk makes many, one after the other.
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
  const { headers: header, data } = answer;
  const subject = header?.get("Nats-Subject");
  // A status in place of a message has no subject.
  if (!subject || header?.get("Nats-Sequence") !== String(sequence)) return null;
  return { subject, seq: sequence, header, data };
}
