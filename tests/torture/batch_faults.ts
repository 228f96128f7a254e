/**
 * What can go wrong while an atomic batch is on its way: the server has its beginning, and never or late its end.
 *
 * @module
 */
import { setTimeout as delay } from "node:timers/promises";
import { amid, type Fault } from "./fault.ts";
import type { Instance } from "./instance.ts";
import type { Random } from "./random.ts";
import type { TestNatsServer } from "../support/nats_server.ts";
import type { TcpProxy } from "./tcp_proxy.ts";

/** How long an instance is watched for a batch. */
const WATCH_MS = 8_000;
/** Time for the server to read what came through. */
const READING_MS = 20;

/** What a batch is held up between: its instance, and the server that has its beginning. */
type Held = { instance: Instance; server: TestNatsServer | undefined };

/** With one replica and with three. */
export const AMID_BATCHES: Fault[] = [
  amidBatch("connection cut amid a batch", 3, async ({ instance }, random) => {
    await amid(instance.links, (link) => link.cut(), random.integer(0, 1_000));
  }),
  amidBatch("batch held up", 1, async (_, random) => {
    // Around the 10 s after which a server gives up waiting for the rest.
    await delay(random.integer(500, 12_000));
  }),
  amidBatch("instance killed amid a batch", 1, async ({ instance }) => {
    for (const link of instance.links) link.cut();
    await instance.kill();
    for (const link of instance.links) link.mend();
    await instance.start();
  }),
  {
    ...amidBatch("server killed amid a batch", 1, async ({ instance, server }) => {
      await server?.kill();
      for (const link of instance.links) link.cut();
      await server?.restart();
    }),
    isDoubtful: true,
  },
];

/**
 * A fault that comes when the first messages of a batch have passed the proxy and the rest of it is kept back there.
 * What is kept back is passed on afterwards where the connection was not cut.
 */
function amidBatch(
  name: string,
  weight: number,
  harm: (held: Held, random: Random) => Promise<void>,
): Fault {
  return {
    name,
    weight,
    run: async (system, random) => {
      const instance = random.pick(system.instances);
      // From the third message on: two may be a merge by itself.
      const held = await holdBatch(instance.links, random.integer(3, 6));
      if (held !== null) {
        await delay(READING_MS);
        await harm({ instance, server: system.servers[held] }, random);
      }
      for (const link of instance.links) link.mend();
      return held === null ? false : undefined;
    },
  };
}

/**
 * Keeps a batch back behind the number of one of its messages: those before it have passed, and its commit has not.
 *
 * @returns the number of the link; null: there was no such batch
 */
async function holdBatch(links: TcpProxy[], message: number): Promise<number | null> {
  const mark = `Nats-Batch-Sequence: ${message}\r\n`;
  const watch = new AbortController();
  const inVain = delay(WATCH_MS, null, { signal: watch.signal }).catch(() => null);
  const held = await Promise.race([
    inVain,
    ...links.map((link, number) => link.stallBehind(mark).then(() => number)),
  ]);
  watch.abort();
  return held;
}
