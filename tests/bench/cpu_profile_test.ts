import { assertEquals } from "@std/assert";
import { costliest } from "./profile/cpu_profile.ts";

const nodeOf = (id: number, functionName: string, url: string, children: number[] = []) => ({
  id,
  callFrame: { functionName, url, lineNumber: 0 },
  children,
});

Deno.test("costliest: given a profile of two commands, when summed up, then time counts for the function itself and in total for all that called it", () => {
  const profile = {
    nodes: [
      nodeOf(1, "(root)", "", [2, 6, 7]),
      nodeOf(2, "take", "file:///home/x/src/nats/command_endpoint.ts", [3]),
      nodeOf(3, "decide", "file:///home/x/src/domain/decide.ts", [4]),
      nodeOf(4, "decide", "file:///home/x/src/domain/decide.ts", [5]),
      nodeOf(5, "parse", "file:///cache/npm/registry/@nats-io/nats-core/3.4.0/lib/parser.js"),
      nodeOf(6, "(garbage collector)", ""),
      nodeOf(7, "(idle)", ""),
    ],
    samples: [2, 4, 5, 6, 7],
    timeDeltas: [20, 60, 100, 20, 1_000],
  };
  const where = { take: "src/nats/command_endpoint.ts", decide: "src/domain/decide.ts" };
  assertEquals(costliest(profile, 2, 2), {
    functions: [
      {
        name: "parse",
        place: "@nats-io/nats-core parser.js",
        selfUs: 50,
        totalUs: 50,
        selfShare: 0.5,
      },
      { name: "decide", place: where.decide, selfUs: 30, totalUs: 80, selfShare: 0.3 },
    ],
    others: [
      { name: "(garbage collector)", place: "", selfUs: 10, totalUs: 10, selfShare: 0.1 },
    ],
  });
});
