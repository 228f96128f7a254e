import { assertEquals } from "@std/assert";
import { ownPerson } from "./load/shapes.ts";
import { zipf } from "./load/zipf.ts";
import { casesOf, measureLoads } from "./loads/measure_loads.ts";

Deno.test("ownPerson: given workers that share persons, when each takes its turns, then every person is taken and no two workers meet", () => {
  for (const [persons, workers] of [[1_000, 1], [1_000, 256], [1_000, 1_000], [7, 3]] as const) {
    const taken = new Map<number, Set<number>>();
    for (let worker = 0; worker < workers; worker++) {
      for (let count = 0; count < 2 * persons; count++) {
        const person = ownPerson(persons, workers, worker, count);
        taken.set(person, (taken.get(person) ?? new Set()).add(worker));
      }
    }
    const met = [...taken.values()].filter((by) => by.size > 1);
    assertEquals({ taken: taken.size, met }, { taken: persons, met: [] });
  }
});

Deno.test("zipf: given many draws, when counted, then the first place has about twice as many as the second and ten times as many as the tenth", () => {
  const draw = zipf(10);
  const counts = Array.from({ length: 10 }, () => 0);
  const draws = 200_000;
  for (let drawn = 0; drawn < draws; drawn++) {
    const place = draw();
    counts[place] = (counts[place] ?? 0) + 1;
  }
  const ratioTo = (place: number) => (counts[0] ?? 0) / (counts[place] ?? 0);
  // Eight standard deviations and more from what is expected.
  assertEquals([Math.abs(ratioTo(1) - 2) < 0.2, Math.abs(ratioTo(9) - 10) < 1], [true, true]);
});

Deno.test("measureLoads: given persons among others, when loaded with and without snapshots, then each case is measured in each stream", async () => {
  const histories = [1, 10, 120];
  const rows = await measureLoads(
    { others: [30, 300], histories, rounds: 1, seconds: 0.01 },
    () => {},
  );
  assertEquals(
    rows.map(({ events, tail, others }) => ({ events, tail, others })),
    casesOf(histories).flatMap((each) => [30, 300].map((others) => ({ ...each, others }))),
  );
  assertEquals(casesOf(histories).map(({ tail }) => tail), [null, null, null, 0, 0, 10, 99]);
  assertEquals(rows.filter(({ loadMs }) => !(loadMs.median > 0)), []);
});
