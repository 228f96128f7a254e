import { Buffer } from "node:buffer";

/** As UTF-8. Not by `TextEncoder`, which makes a buffer of its own for each text and takes three times as long. */
export function encodeText(text: string): Uint8Array {
  return Buffer.from(text);
}

/**
 * The same text, by itself. What is cut out of another one keeps all of that in memory, for as long as it is kept: the
 * whole block of headers for an id that a person remembers.
 */
export function detached(text: string): string {
  return ` ${text}`.slice(1);
}
