/** Deepest nesting of objects and lists in a message. Source: wire.md, Limits. */
export const MAX_DEPTH = 64;

/** The bytes are no JSON that the service reads. */
export class NotJson extends Error {
  /** Tells this class apart in logs. */
  override name = "NotJson";
}

/** JSON, but nested too deeply or with a number that would change when read. */
export class UnacceptableJson extends Error {
  /** Tells this class apart in logs. */
  override name = "UnacceptableJson";
}

/**
 * Reads JSON that anyone may have sent.
 * Throws `NotJson` for invalid UTF-8, half a surrogate pair, a syntax error or a `__proto__` key, `UnacceptableJson` beyond the limits.
 */
export function parseJson(bytes: Uint8Array): unknown {
  const text = decodeText(bytes);
  const value = parse(text);
  // Without escapes no half character and no hidden key can be in it, without many brackets no deep nesting.
  if (text.includes("\\u") || text.includes("__proto__") || mayBeDeep(text)) inspect(value);
  // Only a long or an exponential literal can be one that a double does not hold.
  if (RISKY_NUMBER.test(text)) refuseInexactNumbers(text);
  return value;
}

/** JSON of which nothing is expected; null for what is none. */
export function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

const utf8 = new TextDecoder("utf-8", { fatal: true });
const RISKY_NUMBER = /(?:^|[:,[\s])-?(?:\d[\d.]{15}|[\d.]+[eE])/;

function decodeText(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch (cause) {
    throw new NotJson("The message is not UTF-8", { cause });
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new NotJson(
      text.trim() === ""
        ? "The message is empty"
        : `The message is not JSON: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    );
  }
}

function mayBeDeep(text: string): boolean {
  return countOf("{", text) + countOf("[", text) > MAX_DEPTH;
}

function countOf(character: string, text: string): number {
  let count = 0;
  for (let at = text.indexOf(character); at !== -1; at = text.indexOf(character, at + 1)) count++;
  return count;
}

/** Walks without recursion: the nesting may be as deep as the message is long. */
function inspect(root: unknown): void {
  const waiting: { value: unknown; depth: number }[] = [{ value: root, depth: 1 }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { value, depth } = next;
    if (typeof value === "string") refuseHalfCharacter(value);
    if (typeof value !== "object" || value === null) continue;
    if (depth > MAX_DEPTH) {
      throw new UnacceptableJson(`The message is nested more than ${MAX_DEPTH} levels deep`);
    }
    if (Object.hasOwn(value, "__proto__")) throw new NotJson('The key "__proto__" is not allowed');
    for (const [key, member] of Object.entries(value)) {
      refuseHalfCharacter(key);
      waiting.push({ value: member, depth: depth + 1 });
    }
  }
}

/** Half a surrogate pair is no text: readers of stored events in other languages fail on it. */
function refuseHalfCharacter(text: string): void {
  if (!text.isWellFormed()) throw new NotJson("A text holds half a surrogate pair");
}

function refuseInexactNumbers(text: string): void {
  // A string may hold anything: only what stands outside of strings is a number.
  for (const [literal] of text.matchAll(/"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g)) {
    if (!literal.startsWith('"') && !isHeldExactly(literal)) {
      throw new UnacceptableJson(
        `The number ${abbreviate(literal)} can't be held exactly: send it as a string`,
      );
    }
  }
}

/**
 * Whether reading the literal as a double and writing it again gives the same number.
 * A fraction of up to 17 significant digits passes: so many are written for every double.
 */
function isHeldExactly(literal: string): boolean {
  const value = Number(literal);
  if (!Number.isFinite(value)) return false;
  const given = significant(literal);
  const kept = significant(String(value));
  if (given.digits === kept.digits && given.exponent === kept.exponent) return true;
  const isWhole = given.exponent >= 0;
  return !isWhole && value !== 0 && given.digits.length <= 17;
}

/** The literal as digits without zeros at either end, times ten to the exponent. */
function significant(literal: string): { digits: string; exponent: number } {
  const [mantissa = "", power = "0"] = literal.toLowerCase().replace(/^-/, "").split("e");
  const [whole = "", fraction = ""] = mantissa.split(".");
  const digits = (whole + fraction).replace(/^0+/, "");
  const shortened = digits.slice(0, endOfSignificant(digits));
  if (shortened === "") return { digits: "", exponent: 0 };
  return {
    digits: shortened,
    exponent: Number(power) - fraction.length + digits.length - shortened.length,
  };
}

/** By hand, for the time that /0+$/ takes grows with the square of the zeros: 250,000 of them cost minutes. */
function endOfSignificant(digits: string): number {
  let end = digits.length;
  while (digits[end - 1] === "0") end--;
  return end;
}

function abbreviate(literal: string): string {
  return literal.length <= 40 ? literal : `${literal.slice(0, 37)}…`;
}
