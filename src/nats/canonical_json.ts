/** What is remembered of the names that an object's members have. */
type Members = { names: string[]; sorted: { name: string; prefix: string }[] };

/** Far more than commands have: what callers put into `Json` must not fill the memory. */
const MOST_REMEMBERED = 500;
const MOST_ALIKE = 8;

const remembered = new Map<string, Members[]>();
let rememberedCount = 0;

/**
 * The value as JSON, null members left out, keys sorted: what wire.md calls a command's canonical form. Written here, for
 * no serializer does both in one, and an object with its keys in that order can't be had: JavaScript puts numbers first.
 */
export function canonicalJson(value: unknown): string {
  if (typeof value === "string") return quote(value);
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  let text = "";
  if (Array.isArray(value)) {
    for (const item of value) text += `${text === "" ? "" : ","}${canonicalJson(item)}`;
    return `[${text}]`;
  }
  for (const { name, prefix } of sortedMembers(Object.keys(value))) {
    const member: unknown = Reflect.get(value, name);
    if (member !== null) text += (text === "" ? "" : ",") + prefix + canonicalJson(member);
  }
  return `{${text}}`;
}

/** Sorting takes longer than all the rest, and nearly all objects are of a few kinds. */
function sortedMembers(names: string[]): Members["sorted"] {
  const alike = remembered.get(names[0] ?? "");
  const known = alike?.find((members) => isSame(members.names, names));
  if (known !== undefined) return known.sorted;
  const sorted = names.toSorted().map((name) => ({ name, prefix: `${quote(name)}:` }));
  const mayBeRemembered = rememberedCount < MOST_REMEMBERED && (alike?.length ?? 0) < MOST_ALIKE;
  if (mayBeRemembered) {
    rememberedCount++;
    remembered.set(names[0] ?? "", [...alike ?? [], { names, sorted }]);
  }
  return sorted;
}

function isSame(left: string[], right: string[]): boolean {
  if (left.length !== right.length) return false;
  for (let index = 0; index < left.length; index++) {
    if (left[index] !== right[index]) return false;
  }
  return true;
}

/** Printable ASCII without what JSON escapes: most texts, which need no serializer. */
const PLAIN = /^[ !#-[\]-~]*$/;

function quote(text: string): string {
  return PLAIN.test(text) ? `"${text}"` : JSON.stringify(text);
}
