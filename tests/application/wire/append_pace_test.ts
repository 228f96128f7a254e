import { assertEquals } from "@std/assert";
import { AppendPace } from "../../../src/nats/append_pace.ts";

test("given appends that are stored quickly, when many are under way, then each goes alone", (pace) => {
  alone(pace, { fromMs: 0, forMs: 1_000, elapsedMs: 1, inFlight: 200 });
  assertEquals(pace.together, false);
});

test("given appends that take long, when few are under way, then each goes alone", (pace) => {
  alone(pace, { fromMs: 0, forMs: 1_000, elapsedMs: 100, inFlight: 3 });
  assertEquals(pace.together, false);
});

test("given appends that take long, when they wait for each other, then they go together", (pace) => {
  alone(pace, { fromMs: 0, forMs: 1_000, elapsedMs: 20, inFlight: 4 });
  assertEquals(pace.together, true);
});

test("given batches that store more, when time passes, then appends go on together, but for rare trials", (pace) => {
  const ways = use(pace, { forMs: 120_000, alonePerMs: 1, togetherPerMs: 2 });
  assertEquals(ways.together > 100_000, true, JSON.stringify(ways));
  assertEquals(ways.switches >= 6 && ways.switches <= 20, true, JSON.stringify(ways));
});

test("given batches that are no longer faster, when time passes, then appends go alone again", (pace) => {
  use(pace, { forMs: 60_000, alonePerMs: 1, togetherPerMs: 2 });
  const ways = use(pace, { fromMs: 60_000, forMs: 60_000, alonePerMs: 2, togetherPerMs: 2 });
  assertEquals(pace.together, false);
  assertEquals(ways.alone > 25_000, true, JSON.stringify(ways));
});

test("given batches of few appends, when that is clear, then each goes alone", (pace) => {
  alone(pace, { fromMs: 0, forMs: 1_000, elapsedMs: 20, inFlight: 4 });
  assertEquals(pace.together, true);
  for (let nowMs = 1_000; nowMs < 1_500; nowMs++) pace.storedTogether(nowMs, 2);
  assertEquals(pace.together, false);
});

test("given batches that store less, when that is clear, then appends go alone, and are tried together later", (pace) => {
  alone(pace, { fromMs: 0, forMs: 1_000, elapsedMs: 20, inFlight: 4 });
  together(pace, { fromMs: 1_000, forMs: 500, events: 5 });
  assertEquals(pace.together, false);
  alone(pace, { fromMs: 1_500, forMs: 1_000, elapsedMs: 20, inFlight: 4 });
  assertEquals(pace.together, false);
  alone(pace, { fromMs: 2_500, forMs: 2_000, elapsedMs: 20, inFlight: 4 });
  assertEquals(pace.together, true);
});

test("given a trial that stores far less, when that is clear, then it ends before its time", (pace) => {
  let nowMs = 0;
  for (; !pace.together; nowMs++) pace.storedAlone(nowMs, 20, 4);
  together(pace, { fromMs: nowMs, forMs: 90, events: 5 });
  assertEquals(pace.together, true);
  together(pace, { fromMs: nowMs + 90, forMs: 30, events: 5 });
  assertEquals(pace.together, false);
});

test("given batches that are refused, when that is clear, then appends go alone", (pace) => {
  alone(pace, { fromMs: 0, forMs: 1_000, elapsedMs: 20, inFlight: 4 });
  together(pace, { fromMs: 1_000, forMs: 500, events: 0 });
  assertEquals(pace.together, false);
});

test("given batches that store less, when they are tried again and again, then trials become rare", (pace) => {
  const ways = use(pace, { forMs: 120_000, alonePerMs: 2, togetherPerMs: 1 });
  assertEquals(ways.switches >= 6 && ways.switches <= 20, true, JSON.stringify(ways));
  assertEquals(ways.alone > 100_000, true, JSON.stringify(ways));
});

test("given a batch that failed, when appends are slow, then each goes alone for a while", (pace) => {
  alone(pace, { fromMs: 0, forMs: 1_000, elapsedMs: 20, inFlight: 4 });
  pace.pause(1_000);
  alone(pace, { fromMs: 1_000, forMs: 1_500, elapsedMs: 20, inFlight: 4 });
  assertEquals(pace.together, false);
});

function test(sentence: string, run: (pace: AppendPace) => void): void {
  Deno.test(`AppendPace: ${sentence}`, () => run(new AppendPace()));
}

/** Many appends under way for some time; how many milliseconds they went which way. */
function use(
  pace: AppendPace,
  { fromMs = 0, forMs, alonePerMs, togetherPerMs }: {
    fromMs?: number;
    forMs: number;
    alonePerMs: number;
    togetherPerMs: number;
  },
): { alone: number; together: number; switches: number } {
  const ways = { alone: 0, together: 0, switches: 0 };
  for (let nowMs = fromMs; nowMs < fromMs + forMs; nowMs += 10) {
    const before = pace.together;
    if (before) pace.storedTogether(nowMs, 10 * togetherPerMs);
    else for (let n = 0; n < 10 * alonePerMs; n++) pace.storedAlone(nowMs, 20, 100);
    ways[before ? "together" : "alone"] += 10;
    if (pace.together !== before) ways.switches++;
  }
  return ways;
}

/** One append a millisecond. */
function alone(
  pace: AppendPace,
  { fromMs, forMs, elapsedMs, inFlight }: {
    fromMs: number;
    forMs: number;
    elapsedMs: number;
    inFlight: number;
  },
): void {
  for (let nowMs = fromMs; nowMs < fromMs + forMs; nowMs++) {
    pace.storedAlone(nowMs, elapsedMs, inFlight);
  }
}

/** A batch every ten milliseconds. */
function together(
  pace: AppendPace,
  { fromMs, forMs, events }: { fromMs: number; forMs: number; events: number },
): void {
  for (let nowMs = fromMs; nowMs < fromMs + forMs; nowMs += 10) pace.storedTogether(nowMs, events);
}
