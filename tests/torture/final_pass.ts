/**
 * What is asked when everything is healed: whether each command is remembered, and each person goes on.
 *
 * @module
 */
import { eachOf } from "../support/callers.ts";
import { updateName } from "../support/command_client.ts";
import type { Callers } from "./callers.ts";
import { readAnswer } from "./check/replies.ts";
import type { Operation } from "./history.ts";

const IN_FLIGHT = 64;
/** Commands a person remembers. Source: wire.md, `Nats-Msg-Id`. */
const REMEMBERED_COMMANDS = 100;
/** In a long run only the last so many are asked again. */
const MOST_REPEATED = 20_000;

/** Sends every accepted command again whose person remembers it, then one more to each person. */
export async function finalPass(callers: Callers): Promise<void> {
  const remembered = callers.operations.filter((operation) => isRemembered(operation, callers));
  await eachOf(remembered.slice(-MOST_REPEATED), IN_FLIGHT, (each) => callers.settle(each));
  await eachOf([...callers.versions.keys()], IN_FLIGHT, async (personId) => {
    const command = updateName(personId, "Last");
    await callers.settle(callers.newOperation(`last-${personId}`, command, null));
  });
}

function isRemembered({ tries }: Operation, { versions }: Callers): boolean {
  return tries.some(({ reply }) => {
    const answer = readAnswer(reply);
    if (answer.kind !== "accepted") return false;
    const { aggregate_id: personId, version } = answer.accepted;
    return version > (versions.get(personId) ?? 0) - REMEMBERED_COMMANDS;
  });
}
