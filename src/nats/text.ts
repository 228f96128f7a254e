/** What texts share; one that may take more than a quarter of it has memory of its own. */
const POOL_BYTES = 64 * 1024;

const encoder = new TextEncoder();
let pool = new Uint8Array(POOL_BYTES);
let usedBytes = 0;

/** As UTF-8, in memory that it shares with others: a buffer of its own for each takes three times as long. */
export function encodeText(text: string): Uint8Array {
  // A unit of `length` takes three bytes at most.
  const mostBytes = 3 * text.length;
  if (mostBytes > POOL_BYTES / 4) return encoder.encode(text);
  if (usedBytes + mostBytes > POOL_BYTES) {
    pool = new Uint8Array(POOL_BYTES);
    usedBytes = 0;
  }
  const start = usedBytes;
  usedBytes += encoder.encodeInto(text, pool.subarray(start)).written;
  return pool.subarray(start, usedBytes);
}

/**
 * The same text, by itself. What is cut out of another one keeps all of that in memory, for as long as it is kept: the
 * whole block of headers for an id that a person remembers. And an object with such a part of another text takes twice
 * as long to be written as JSON.
 */
export function detached(text: string): string {
  return JSON.parse(JSON.stringify(text));
}
