/**
 * JSON with something wrong about it, always the same for a seed.
 *
 * @module
 */

/** Values that readers stumble over. */
const HOSTILE: unknown[] = [
  null,
  true,
  -1,
  1e308,
  "",
  "\u0000",
  "\u{1F600}".repeat(50),
  "__proto__",
  [],
  {},
  [[[[[[[[]]]]]]]],
  { constructor: { prototype: null } },
  { Json: { Json: {} } },
  "9999-99-99",
  "-0",
  "00000000-0000-0000-0000-000000000000",
];

/** Whole numbers from 0 up to the limit, which is not one of them. */
export type Below = (limit: number) => number;

/** Always the same numbers for a seed. */
export function seededNumbers(seed: number): Below {
  const random = randomNumbers(seed);
  return (limit) => Math.floor(random() * limit);
}

/** The JSON with one to three mutations of its bytes or values. */
export function mutate(text: string, below: Below): Uint8Array {
  const hasHostileValue = below(3) > 0;
  let bytes = new TextEncoder().encode(hasHostileValue ? replaceOneValue(text, below) : text);
  // Few bytes can be changed without making it no JSON at all, which is dull.
  const times = hasHostileValue ? Number(below(8) === 0) : 1 + below(3);
  for (let n = 0; n < times; n++) bytes = mutateBytes(bytes, below);
  return bytes;
}

function mutateBytes(bytes: Uint8Array<ArrayBuffer>, below: Below): Uint8Array<ArrayBuffer> {
  if (bytes.length === 0) return Uint8Array.of(below(256));
  const at = below(bytes.length);
  const end = Math.min(bytes.length, at + 1 + below(20));
  const [before, part, after] = [bytes.slice(0, at), bytes.slice(at, end), bytes.slice(end)];
  switch (below(4)) {
    case 0:
      return bytes.with(at, below(256));
    case 1:
      return Uint8Array.of(...before, ...after);
    case 2:
      return Uint8Array.of(...before, ...part, ...part, ...after);
    default:
      return Uint8Array.of(...before, below(256), ...part, ...after);
  }
}

/** The JSON with one value, however deep, replaced by a hostile one. */
function replaceOneValue(text: string, below: Below): string {
  let values = 0;
  JSON.parse(text, (_key, value) => {
    values++;
    return value;
  });
  const chosen = below(values);
  let seen = 0;
  const mutated = JSON.parse(
    text,
    (_key, value) => seen++ === chosen ? HOSTILE[below(HOSTILE.length)] : value,
  );
  return JSON.stringify(mutated);
}

/** Numbers from 0 up to 1. Source: mulberry32, in the public domain. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
