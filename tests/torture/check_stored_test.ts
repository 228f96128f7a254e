/** The checker finds what is wrong with what is stored, and nothing where nothing is wrong. */
import { assertEquals } from "@std/assert";
import { assertThat } from "../support/assert_that.ts";
import {
  COMMANDS,
  copyOfLast,
  finds,
  kindsOf,
  messageAt,
  PERSON,
  POSITIONS,
  putBack,
  recorded,
  remove,
  SOURCE,
  TARGET,
} from "./broken_histories.ts";
import { check } from "./check/check.ts";

Deno.test("Checker: given a history as it was recorded, then it finds nothing", () => {
  assertEquals(check(recorded), []);
});

finds("an acknowledged event that is gone", ["lost acknowledgement"], (history) => {
  remove(history, POSITIONS.last);
});

finds("an event that is stored twice", ["duplicate version", "stored twice"], (history) => {
  history.messages.push(copyOfLast(history));
});

finds(
  "a command that is stored twice, under two versions",
  ["event that no decision explains", "stored twice"],
  (history) => {
    const copy = copyOfLast(history);
    history.messages.push({ ...copy, body: copy.body.replace('"sequence":6', '"sequence":7') });
  },
);

finds("a gap", ["gap", "lost acknowledgement", "wrong Previous-Sequence"], (history) => {
  remove(history, POSITIONS.fourth);
});

finds("a link to another event than the one before", ["wrong Previous-Sequence"], (history) => {
  messageAt(history, POSITIONS.fifth).headers["Previous-Sequence"] = "44";
});

finds(
  "a link to the event right before, which is another person's",
  ["wrong Previous-Sequence"],
  (history) => {
    messageAt(history, POSITIONS.fifth).headers["Previous-Sequence"] = "-1";
  },
);

finds("a bare command id as message id", ["wrong message id"], (history) => {
  messageAt(history, POSITIONS.last).headers["Nats-Msg-Id"] = COMMANDS.last;
});

finds("another command's hash", ["lost acknowledgement", "wrong Command-Hash"], (history) => {
  messageAt(history, POSITIONS.last).headers["Command-Hash"] = "x".repeat(43);
});

finds(
  "an event of a command that nobody sent",
  ["event of no command", "lost acknowledgement"],
  (history) => {
    const message = messageAt(history, POSITIONS.last);
    message.body = message.body.replaceAll(COMMANDS.last, "c-9");
    message.headers["Nats-Msg-Id"] = `${PERSON}/c-9`;
    message.headers["Correlation-Id"] = "c-9";
  },
);

finds(
  "an event that was decided on another state",
  ["event that no decision explains"],
  (history) => {
    const message = messageAt(history, POSITIONS.last);
    message.body = message.body.replace('"old_name":{"components":{"given_names":["', "$&Not ");
  },
);

finds("an event that can't be read", ["lost acknowledgement", "unreadable message"], (history) => {
  const message = messageAt(history, POSITIONS.last);
  message.body = message.body.slice(1);
});

for (const [member, value] of Object.entries({ version: 4, stream_sequence: 51, commands: [] })) {
  finds(`a snapshot with another ${member}`, ["wrong snapshot"], (history) => {
    const snapshot = history.snapshots.find(({ key }) => key === PERSON);
    assertThat(snapshot !== undefined);
    snapshot.value = Object.assign({}, snapshot.value, { [member]: value });
  });
}

Deno.test("Checker: given half a merge, then it finds it", () => {
  const history = structuredClone(recorded);
  const merged = history.messages.find(({ subject }) => subject.endsWith(".merged"));
  remove(history, merged?.seq ?? 0);
  const found = check(history).filter(({ kind }) => kind === "half a merge");
  assertEquals(found.map(({ subject }) => subject), [TARGET]);
  const other = structuredClone(recorded);
  remove(other, (merged?.seq ?? 0) + 1);
  assertEquals(
    check(other).filter(({ kind }) => kind === "half a merge").map(({ subject }) => subject),
    [SOURCE],
  );
});

Deno.test("Checker: given a stream that was put back, then the loss behind the backup's end is all that may be lost", () => {
  assertEquals(check(putBack(60)), []);
  const lost = putBack(60);
  remove(lost, POSITIONS.fourth);
  assertEquals(kindsOf(lost), [
    "changed by the restore",
    "gap",
    "lost acknowledgement",
    "wrong Previous-Sequence",
  ]);
  const lostBefore = putBack(60);
  const before = lostBefore.restore?.before ?? [];
  before.splice(before.findIndex(({ seq }) => seq === POSITIONS.last), 1);
  assertEquals(kindsOf(lostBefore), ["lost acknowledgement"]);
});
