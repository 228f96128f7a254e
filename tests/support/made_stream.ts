/**
 * Streams that somebody else made.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import type { NatsConnection } from "@nats-io/transport-node";

/** Makes a stream in whatever way the server allows. */
export async function makeStream(
  nc: NatsConnection,
  name: string,
  { sealed = false, ...config }: Record<string, unknown>,
): Promise<void> {
  const ask = async (verb: string, asked: Record<string, unknown>) => {
    const payload = JSON.stringify({ storage: "file", ...asked, name });
    const reply = await nc.request(`$JS.API.STREAM.${verb}.${name}`, payload);
    assertEquals(reply.json<{ error?: unknown }>().error, undefined);
  };
  await ask("CREATE", config);
  // A stream can't be made sealed.
  if (sealed) await ask("UPDATE", { ...config, sealed });
}
