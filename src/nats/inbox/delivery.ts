/** Where a message of a stream stands, as its delivery says. */
export type Delivery = {
  stream: string;
  /** Its sequence in the stream. */
  sequence: number;
  /** How often it was delivered: 1 = for the first time. */
  count: number;
  /** When it was stored, in nanoseconds since 1970: with the sequence it tells the message from any other. */
  storedAtNs: string;
};

/** Reads a delivery from the subject on which the message is acknowledged. Source: NATS ADR-15. */
export function deliveryOf({ reply = "" }: { reply?: string | undefined }): Delivery {
  const tokens = reply.split(".");
  // $JS.ACK.[<domain>.<account hash>.]<stream>.<consumer>.<count>.<sequence>.<delivered>.<time>.<pending>[.<random>]
  const [stream, , count, sequence, , storedAtNs] = tokens.slice(tokens.length > 9 ? 4 : 2);
  if (!reply.startsWith("$JS.ACK.") || stream === undefined || storedAtNs === undefined) {
    throw new Error(`"${reply}" is not the acknowledgement subject of a stream's message`);
  }
  return { stream, sequence: Number(sequence), count: Number(count), storedAtNs };
}

/** The command's id where the caller gave none. A stream that is made anew counts from 1 again: hence the time. */
export function ownIdOf({ stream, sequence, storedAtNs }: Delivery): string {
  return `${placeOf(stream, sequence)}:${storedAtNs}`;
}

/** What the outcome of such a command is found by: the publisher knows both, but not the time. */
export function placeOf(stream: string, sequence: number): string {
  return `${stream}:${sequence}`;
}

/** When the message was stored. ISO 8601, UTC, with milliseconds. */
export function storedAt({ storedAtNs }: Delivery): string {
  return new Date(Number(BigInt(storedAtNs) / 1_000_000n)).toISOString();
}
