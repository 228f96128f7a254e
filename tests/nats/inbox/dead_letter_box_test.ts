/** Dead letters that somebody else deals with at the same time. */
import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { assertEquals } from "@std/assert";
import { act } from "../../../src/cli/dlq/act.ts";
import { DeadLetterBox, type StoredLetter } from "../../../src/nats/inbox/dead_letter_box.ts";
import {
  applyDurableStreamPlan,
  planDurableStreams,
} from "../../../src/nats/inbox/durable_streams.ts";
import { subjectsOf } from "../../../src/nats/subjects.ts";
import { deadLetter, storeAmongDeadLetters } from "../../support/dead_letter.ts";
import { defaultStreamSettings } from "../../support/event_store_fixture.ts";
import { TestNatsServer } from "../../support/nats_server.ts";

const TAKEN_AWAY = {
  dlq_sequence: 2,
  done: "not found",
  reason: "somebody else has retried or dropped it meanwhile",
};

Deno.test("dlq drop: given letters, when somebody else drops one meanwhile, then that is told, and the others are dropped", async () => {
  await using three = await ThreeLetters.store();
  const { box, letters } = three;
  assertEquals([await box.drop(2), await box.drop(2)], [true, false]);
  assertEquals(await Array.fromAsync(act(letters, box, "drop")), [
    { dlq_sequence: 1, done: "dropped" },
    TAKEN_AWAY,
    { dlq_sequence: 3, done: "dropped" },
  ]);
  assertEquals(await Array.fromAsync(box.readAll()), []);
});

Deno.test("dlq retry: given letters, when somebody else drops one meanwhile, then it is not published, and the others are", async () => {
  await using three = await ThreeLetters.store();
  const { box, letters } = three;
  await box.drop(2);
  assertEquals(await Array.fromAsync(act(letters, box, "retry")), [
    { dlq_sequence: 1, done: "retried", inbox_sequence: 1, outcome: null },
    TAKEN_AWAY,
    { dlq_sequence: 3, done: "retried", inbox_sequence: 2, outcome: null },
  ]);
  assertEquals(await Array.fromAsync(box.readAll()), []);
});

Deno.test("dlq retry: given a letter, when somebody else takes it away after its publication, then that is told beside what was done", async () => {
  await using three = await ThreeLetters.store();
  const { box, letters } = three;
  const drop = box.drop.bind(box);
  box.drop = async (sequence) => {
    if (sequence === 2) await drop(sequence);
    return await drop(sequence);
  };
  const note =
    "somebody else has retried or dropped it at the same time; should it come twice, its id makes that harmless";
  assertEquals(await Array.fromAsync(act(letters, box, "retry")), [
    { dlq_sequence: 1, done: "retried", inbox_sequence: 1, outcome: null },
    { dlq_sequence: 2, done: "retried", inbox_sequence: 2, outcome: null, note },
    { dlq_sequence: 3, done: "retried", inbox_sequence: 3, outcome: null },
  ]);
});

/** What an operator has just read, with nobody who takes durable commands. */
class ThreeLetters implements AsyncDisposable {
  readonly #owned: AsyncDisposableStack;
  readonly box: DeadLetterBox;
  readonly letters: StoredLetter[];

  private constructor(owned: AsyncDisposableStack, box: DeadLetterBox, letters: StoredLetter[]) {
    this.#owned = owned;
    this.box = box;
    this.letters = letters;
  }

  static async store(): Promise<ThreeLetters> {
    await using owned = new AsyncDisposableStack();
    const server = owned.use(await TestNatsServer.start());
    const nc = owned.use(await connect({ servers: server.url }));
    const jsm = await jetstreamManager(nc, { checkAPI: false });
    await applyDurableStreamPlan(
      jsm,
      await planDurableStreams(jsm, "LEGACY", defaultStreamSettings),
    );
    for (const command_id of ["a", "b", "c"]) {
      await storeAmongDeadLetters(nc, deadLetter({ headers: {}, command_id }));
    }
    const box = new DeadLetterBox(nc, jsm, "LEGACY_DLQ", subjectsOf("person"));
    return new ThreeLetters(owned.move(), box, await Array.fromAsync(box.readAll()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#owned.disposeAsync();
  }
}
