/**
 * A deployment with durable commands, and an operator's view of its dead letters.
 *
 * @module
 */
import { type Outcome, personService } from "./command_line.ts";
import { InboxClient } from "./inbox_client.ts";
import { TestSystem } from "./test_system.ts";

/** Settings of an instance that takes durable commands. */
export const DURABLE = { DURABLE_COMMANDS: "true" };

/** A system with an instance that takes durable commands. */
export type DurableSystem = TestSystem & {
  inbox: InboxClient;
  /** Runs `person-service dlq` with these arguments. */
  dlq: (...args: string[]) => Promise<Outcome>;
};

/** Starts one. */
export async function startDurable(): Promise<DurableSystem> {
  const system = await TestSystem.start();
  await system.startService(DURABLE);
  return Object.assign(system, {
    inbox: new InboxClient(system.client.nc),
    dlq: (...args: string[]) => personService(["dlq", ...args], { NATS_URL: system.nats.url }),
  });
}
