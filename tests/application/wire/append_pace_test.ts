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

test("given batches that store more, when time passes, then appends go on together", (pace) => {
  alone(pace, { fromMs: 0, forMs: 1_000, elapsedMs: 20, inFlight: 4 });
  together(pace, { fromMs: 1_000, forMs: 5_000, events: 20 });
  assertEquals(pace.together, true);
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

test("given batches that are refused, when that is clear, then appends go alone", (pace) => {
  alone(pace, { fromMs: 0, forMs: 1_000, elapsedMs: 20, inFlight: 4 });
  together(pace, { fromMs: 1_000, forMs: 500, events: 0 });
  assertEquals(pace.together, false);
});

test("given trials that fail again and again, when time passes, then they become rare", (pace) => {
  let trials = 0;
  for (let fromMs = 0; fromMs < 120_000; fromMs += 500) {
    const before = pace.together;
    if (before) together(pace, { fromMs, forMs: 500, events: 5 });
    else alone(pace, { fromMs, forMs: 500, elapsedMs: 20, inFlight: 4 });
    if (!before && pace.together) trials++;
  }
  assertEquals(trials >= 3 && trials <= 8, true, `${trials} trials`);
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
