/**
 * Commands as nobody would write them, always the same for a seed.
 *
 * @module
 */
import fc from "fast-check";
import { personCommand } from "./arbitraries.ts";
import { type Below, mutate, seededNumbers } from "./mutations.ts";
import { STORY } from "./wire_story.ts";

/** What is sent. */
export type FuzzedMessage = { payload: Uint8Array; headers: Record<string, string> };

/** Commands that go to the same few persons before others are born: long enough for whole lives. */
const COMMANDS_A_GENERATION = 200;

/** fast-check makes so many at a time. */
const SAMPLE_SIZE = 1_000;

const STORIES = STORY.map(({ command }) => JSON.stringify(command));

/** Endless messages: real commands and made-up ones, most of them mutated, some with odd headers. */
export function* fuzzedCommands(seed: number): Generator<FuzzedMessage> {
  const below = seededNumbers(seed);
  for (let made = 0;; made += SAMPLE_SIZE) {
    const sample = fc.sample(personCommand, { numRuns: SAMPLE_SIZE, seed: seed + made });
    for (const [index, command] of sample.entries()) {
      const isMadeUp = below(2) === 0;
      const text = isMadeUp ? JSON.stringify(command) : STORIES[below(STORIES.length)] ?? "";
      const generation = Math.floor((made + index) / COMMANDS_A_GENERATION);
      yield messageOf(ofGeneration(text, generation), below);
    }
  }
}

/** All persons of the commands have ids that begin alike, in whatever form. */
function ofGeneration(text: string, generation: number): string {
  const beginning = generation.toString(16).padStart(7, "0");
  return text.replaceAll(/019a5c3([012])/gi, `${beginning}$1`);
}

function messageOf(text: string, below: Below): FuzzedMessage {
  const payload = below(3) === 0 ? new TextEncoder().encode(text) : mutate(text, below);
  return { payload, headers: below(4) === 0 ? headersOf(below) : {} };
}

function headersOf(below: Below): Record<string, string> {
  switch (below(6)) {
    case 0:
      // Few, so that they come again, with other commands.
      return { "Nats-Msg-Id": `c-${below(20)}` };
    case 1:
      return { "Expected-Version": String(below(4)) };
    case 2:
      return { "Nats-Msg-Id": "x".repeat(below(300)), "Correlation-Id": "y".repeat(below(500)) };
    case 3:
      return { "Expected-Version": ["-1", "1.5", "one", "9".repeat(40), " "][below(5)] ?? "" };
    case 4:
      return { "traceparent": ["00", "x".repeat(55), `00-${"0".repeat(32)}`][below(3)] ?? "" };
    default:
      return { [`X-${below(1_000)}`]: "z".repeat(below(4_000)) };
  }
}
