import { assertEquals } from "@std/assert";
import { StartupRefused } from "../../../src/nats/startup_refused.ts";
import type { EventStream } from "../../../src/nats/stream.ts";
import { StreamGuard } from "../../../src/nats/stream_guard.ts";
import { CapturedLog } from "../../support/captured_log.ts";

const OPENED: EventStream = { name: "PERSON_EVENTS", created: "2026-01-01", lastSequence: 100 };

Deno.test("StreamGuard: given the same stream, when looked at again, then nothing is said", async () => {
  const { guard, said, find } = guarded();
  for (const lastSequence of [100, 101, 5_000]) {
    find({ ...OPENED, lastSequence });
    await guard.recheck();
  }
  assertEquals(said, []);
});

Deno.test("StreamGuard: given a stream made anew, when looked at again, then it is told once", async () => {
  const { guard, said, find } = guarded();
  find({ ...OPENED, created: "2026-02-02", lastSequence: 200 });
  await guard.recheck();
  await guard.recheck();
  assertEquals(said, ["remade: it was made anew"]);
  assertEquals(guard.created, "2026-02-02");
});

Deno.test("StreamGuard: given a stream that ends earlier, when looked at again, then it is told once", async () => {
  const { guard, said, find } = guarded();
  guard.saw(150);
  guard.saw(120);
  find({ ...OPENED, lastSequence: 149 });
  await guard.recheck();
  await guard.recheck();
  assertEquals(said, ["remade: it ended at 150 and ends at 149"]);
});

Deno.test("StreamGuard: given a stream that others wrote on, when it ends before that, then it is told", async () => {
  const { guard, said, find } = guarded();
  find({ ...OPENED, lastSequence: 500 });
  await guard.recheck();
  find({ ...OPENED, lastSequence: 400 });
  await guard.recheck();
  assertEquals(said, ["remade: it ended at 500 and ends at 400"]);
});

Deno.test("StreamGuard: given an event stored while the stream is looked at, when it is not seen yet, then nothing is said", async () => {
  const { guard, said, find } = guarded();
  const looking = Promise.withResolvers<EventStream>();
  find(looking.promise);
  const rechecked = guard.recheck();
  guard.saw(101);
  looking.resolve(OPENED);
  await rechecked;
  assertEquals(said, []);
});

Deno.test("StreamGuard: given an unsafe stream, when looked at again, then the service is told to stop", async () => {
  const { guard, said, find } = guarded();
  find(Promise.reject(new StartupRefused("It forgets")));
  await guard.recheck();
  assertEquals(said, ["refused: It forgets"]);
});

Deno.test("StreamGuard: given a stream that could not be used, when it is gone, then that is said once until it is back, and then what it is", async () => {
  const { guard, said, find } = guarded();
  const log = new CapturedLog();
  await guard.suspect();
  assertEquals(log.text, "");
  find(null);
  await guard.recheck();
  await log.waitFor("is gone");
  await guard.suspect();
  await guard.recheck();
  find({ ...OPENED, created: "2026-02-02", lastSequence: 5 });
  await log.waitFor("is there again");
  await guard.recheck();
  assertEquals(said, ["remade: it was made anew"]);
  assertEquals(log.text.match(/is gone/g)?.length, 1);
});

Deno.test("StreamGuard: given a stream that is gone or can't be looked up, when looked at, then it is logged and kept in mind", async () => {
  const { guard, said, find, end } = guarded();
  const log = new CapturedLog();
  find(Promise.reject(new Error("No answer")));
  await guard.recheck();
  await log.waitFor("could not be checked");
  find(null);
  await guard.recheck();
  await log.waitFor("is gone");
  end();
  assertEquals([said, guard.created], [[], OPENED.created]);
});

/** A guard, what it told, and what it finds. */
function guarded() {
  const said: string[] = [];
  let found: Promise<EventStream | null> | EventStream | null = OPENED;
  const ended = new AbortController();
  const guard = new StreamGuard({ ...OPENED }, {
    isThere: async () => await found !== null,
    signal: ended.signal,
    find: () => Promise.resolve(found),
    onRemade: (reason) => said.push(`remade: ${reason}`),
    onRefused: (refusal) => said.push(`refused: ${refusal.message}`),
  });
  return { guard, said, find: (next: typeof found) => found = next, end: () => ended.abort() };
}
