import { assertEquals, assertThrows } from "@std/assert";
import { UsageError } from "../../src/cli/arguments.ts";
import { readArguments } from "./arguments.ts";
import { PLAN } from "./commands/plan.ts";
import { HELP } from "./help.ts";

Deno.test("readArguments: given no arguments, when read, then the whole suite is measured by its plan", () => {
  const read = readArguments([]);
  assertEquals(read, {
    action: "suite",
    sections: ["commands", "loads", "start", "profile"],
    plan: PLAN,
    others: [10_000, 1_000_000],
    rounds: 5,
    seconds: 1.25,
    profile: { inFlight: 256, syncAlways: false, jitless: false },
  });
});

Deno.test("readArguments: given one configuration, when read, then it takes the place of the plan", () => {
  const args = "--only commands --shape hot,zipf --in-flight 2,4 --replicas 3 --sync-always";
  const read = readArguments(args.split(" "));
  const configuration = { replicas: 3, instances: 1, syncAlways: true, jitless: false } as const;
  assertEquals(read.action === "suite" && read.plan, [{
    configuration,
    loads: [
      { shape: "hot", inFlight: 2 },
      { shape: "hot", inFlight: 4 },
      { shape: "zipf", inFlight: 2 },
      { shape: "zipf", inFlight: 4 },
    ],
  }]);
});

Deno.test("readArguments: given what it can't understand, when read, then it says what to write", () => {
  const refusals = [
    ["--only", "all"],
    ["--rounds", "many"],
    ["--replicas", "2"],
    ["--shape", "square"],
    ["report"],
    ["paint"],
    ["soak", "long"],
    ["--fast"],
    ["--url", "nats://localhost:1", "--shape", "hot"],
    ["--url", "nats://localhost:1", "--jitless"],
  ].map((args) => assertThrows(() => readArguments(args), UsageError).message);
  assertEquals(refusals, [
    'Option "--only": found "all"; write some of commands,loads,start,profile',
    'Option "--rounds": found "many"; write a number from 1 to 1000',
    'Option "--replicas": found "2"; write 1 or 3',
    'Option "--shape": found "square"; write some of cached,create,hot,zipf',
    "Name the files that runs kept with --json",
    'Unknown action "paint"; see --help',
    'Unexpected argument "long"',
    'Unknown option "--fast"; see --help',
    'Option "--shape" does not go with "--url"; see --help',
    'Option "--jitless" does not go with "--url"; see --help',
  ]);
});

Deno.test("readArguments: given every option that the help names, when read, then it is known", () => {
  const named = [...new Set(HELP.match(/--[a-z]+(-[a-z]+)*/g))];
  const unknown = named.filter((option) => {
    try {
      readArguments([option, "1"]);
    } catch (error) {
      return error instanceof UsageError && error.message.startsWith("Unknown option");
    }
    return false;
  });
  assertEquals(unknown, []);
});
