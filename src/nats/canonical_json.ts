/** The member of a command below which a caller may put anything. */
const FREE = "Json";

/** The names that the members of an object have, and what comes of sorting them. */
type Kind = { names: string[]; sorted: Member[] };
type Member = { name: string; prefix: string };

/** By the first name. The schemas know few kinds of objects; what lies below `FREE` is not among them. */
const kinds = new Map<string, Kind[]>();

/**
 * The value as JSON, null members left out, keys sorted: what wire.md calls a command's canonical form. Written here, for
 * no serializer does both in one, and an object with its keys in that order can't be had: JavaScript puts numbers first.
 * @param command as the schemas make it
 */
export function canonicalJson(command: unknown): string {
  return write(command, sortedOnce);
}

function write(value: unknown, sort: (names: string[]) => Member[]): string {
  if (typeof value === "string") return quote(value);
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  let text = "";
  if (Array.isArray(value)) {
    for (const item of value) text += (text === "" ? "" : ",") + write(item, sort);
    return `[${text}]`;
  }
  for (const { name, prefix } of sort(Object.keys(value))) {
    const member: unknown = Reflect.get(value, name);
    if (member === null) continue;
    text += (text === "" ? "" : ",") + prefix + write(member, name === FREE ? sorted : sort);
  }
  return `{${text}}`;
}

/** Sorting takes longer than all the rest. */
function sortedOnce(names: string[]): Member[] {
  const [first = ""] = names;
  const alike = kinds.get(first) ?? [];
  const known = alike.find((kind) => isSame(kind.names, names));
  if (known !== undefined) return known.sorted;
  const kind = { names, sorted: sorted(names) };
  kinds.set(first, [...alike, kind]);
  return kind.sorted;
}

function sorted(names: string[]): Member[] {
  return names.toSorted().map((name) => ({ name, prefix: `${quote(name)}:` }));
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
