/**
 * What is asked when everything is healed: whether each command is remembered, and each person goes on.
 *
 * @module
 */
import { eachOf } from "../support/callers.ts";
import { updateName } from "../support/command_client.ts";
import type { Callers } from "./callers.ts";
import { parseReply, readAnswer } from "./check/replies.ts";

const IN_FLIGHT = 64;
/** Commands a person remembers. Source: wire.md, `Nats-Msg-Id`. */
const REMEMBERED_COMMANDS = 100;
/** In a long run only the last so many are asked again. */
const MOST_REPEATED = { live: 20_000, durable: 2_000 };

/** Sends every accepted command again whose person remembers it, then one more to each person. */
export async function finalPass(callers: Callers): Promise<void> {
  const { versions } = callers.tally;
  const repeated = callers.operations
    .filter(({ tries }) => tries.some(({ reply }) => isRemembered(reply, versions)))
    .slice(-MOST_REPEATED.live);
  // An id is remembered by whichever way the command came.
  const repeatedLive = callers.durable.operations
    .filter(({ outcome }) => outcome !== null && isRemembered(parseReply(outcome.body), versions))
    .slice(-MOST_REPEATED.durable)
    .map((each) => callers.newOperation(each.commandId, each.command, each.expectedVersion));
  await eachOf([...repeated, ...repeatedLive], IN_FLIGHT, (each) => callers.settle(each));
  await eachOf([...versions.keys()], IN_FLIGHT, async (personId) => {
    const command = updateName(personId, "Last");
    await callers.settle(callers.newOperation(`last-${personId}`, command, null));
  });
}

function isRemembered(reply: unknown, versions: ReadonlyMap<string, number>): boolean {
  const answer = readAnswer(reply);
  if (answer.kind !== "accepted") return false;
  const { aggregate_id: personId, version } = answer.accepted;
  return version > (versions.get(personId) ?? 0) - REMEMBERED_COMMANDS;
}
