/** The checker finds what is wrong with what callers were told. */
import { assertEquals } from "@std/assert";
import {
  addRefused,
  addTry,
  COMMANDS,
  failure,
  finds,
  LAST_VERSION,
  LATE_MS,
  operationOf,
  PERSON,
  POSITIONS,
  recorded,
  wrongVersion,
} from "./broken_histories.ts";
import { check } from "./check/check.ts";

finds(
  "an acknowledgement of another version",
  ["wrong acknowledgement"],
  (history) =>
    addTry(history, COMMANDS.last, {
      aggregate_id: PERSON,
      version: LAST_VERSION - 1,
      events_generated: 1,
      stream_sequence: POSITIONS.last,
    }),
);

finds(
  "a known id that is refused",
  ["id answered differently"],
  (history) =>
    addTry(
      history,
      COMMANDS.first,
      failure("AlreadyExists", `Cannot create person "${PERSON}": person already exists`),
    ),
);

finds("a command told not stored that is stored", ["refused but stored"], (history) => {
  const reply = failure("Unavailable", "No room", { details: { outcome: "not stored" } });
  operationOf(history, COMMANDS.last).tries = [{ sentMs: LATE_MS, answeredMs: LATE_MS, reply }];
});

finds("a command that nobody answered", ["never answered"], (history) => {
  operationOf(history, COMMANDS.last).tries = [{ sentMs: 0, answeredMs: LATE_MS, reply: null }];
});

finds(
  "a failure of the service",
  ["internal failure"],
  (history) => addTry(history, COMMANDS.last, failure("Internal", "The service failed")),
);

finds(
  "a reply in another shape",
  ["malformed reply"],
  (history) => addTry(history, COMMANDS.last, { ok: true }),
);

finds(
  "a refusal on a state that never was",
  ["unexplained refusal"],
  (history) =>
    addRefused(
      history,
      null,
      failure("NotFound", `Cannot update name of person "${PERSON}": no such person`, {
        version: 0,
      }),
    ),
);

finds(
  "a refusal that the state does not lead to",
  ["unexplained refusal"],
  (history) =>
    addRefused(
      history,
      null,
      failure(
        "InvalidStateTransition",
        `Cannot update name of person "${PERSON}": person is deactivated`,
      ),
    ),
);

finds(
  "a refusal on a state known to be past",
  ["unexplained refusal"],
  (history) => addRefused(history, LAST_VERSION, wrongVersion(LAST_VERSION, LAST_VERSION - 1)),
);

Deno.test("Checker: given a refusal on a past state while another leader may have answered, then it finds nothing", () => {
  const history = structuredClone(recorded);
  history.run.doubts = [{ fromMs: 0, toMs: LATE_MS }];
  addRefused(history, LAST_VERSION, wrongVersion(LAST_VERSION, LAST_VERSION - 1));
  assertEquals(check(history), []);
});

finds(
  "a refusal for others' changes where there were none",
  ["unexplained refusal"],
  (history) => addRefused(history, null, failure("ConcurrencyConflict", "Changed by others")),
);

finds(
  "a refusal of an id that no other command has",
  ["unexplained refusal"],
  (history) => addRefused(history, null, failure("IdempotencyConflict", "Was used before")),
);
