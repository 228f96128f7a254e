import { createHash } from "node:crypto";

/**
 * JSON with sorted keys, null members left out: the canonical form of wire.md. Written anew, so that the service's own
 * is checked against it.
 */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(sorted(value));
}

/** SHA-256, base64url. */
export function sha256(text: string): string {
  return createHash("sha256").update(text).digest("base64url");
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(value)
    .filter(([, member]) => member !== null)
    .map(([key, member]): [string, unknown] => [key, sorted(member)])
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(members);
}
