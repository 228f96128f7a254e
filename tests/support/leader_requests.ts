import type { NatsConnection } from "@nats-io/transport-node";
import { until } from "./until.ts";

/** Counts what a stream's leader is asked for from now on. Resolves when the server has taken note. */
export async function watchLeader(nc: NatsConnection, stream: string): Promise<LeaderRequests> {
  const requests = new LeaderRequests();
  nc.subscribe(`$JS.API.STREAM.MSG.GET.${stream}`, { callback: () => void requests.count++ });
  await nc.flush();
  return requests;
}

/** How often the leader was asked for a message. */
export class LeaderRequests {
  /** So far. */
  count = 0;

  /** Resolves when it was asked at least so many times. */
  async reach(count: number): Promise<void> {
    await until(`the leader was asked ${count} times`, () => this.count >= count);
  }
}
