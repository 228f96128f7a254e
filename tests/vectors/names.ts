import { assertEquals } from "@std/assert";
import { z } from "zod";
import { displayName, formatPersonName, fullName } from "../../src/domain/name.ts";
import { NamingConvention, PersonName } from "../../src/domain/name.ts";
import { parsePersonName } from "../../src/domain/parse_name.ts";
import { comparable, type Vector } from "./vector.ts";

const ParseInput = z.object({ full_name: z.string(), convention: NamingConvention.nullish() });
const Policy = z.enum(["Formal", "Informal", "Legal", "Alphabetical", "Cultural"]);
const DisplayInput = z.object({ name: PersonName.stored, policy: Policy.nullish() });

/** Takes a written name apart. */
export function runParse({ input, expected }: Vector): void {
  const { full_name, convention } = ParseInput.parse(input);
  const parsed = parsePersonName(full_name, convention ?? undefined);
  const actual = "name" in parsed ? parsed : { error: { code: parsed.rejected.code } };
  assertEquals(comparable(actual), comparable(expected));
}

/** Shows a name by a policy; without one, in each way that has a name of its own. */
export function runDisplay({ input, expected }: Vector): void {
  const { name, policy } = DisplayInput.parse(input);
  if (policy) return assertEquals({ text: formatPersonName(name, policy) }, expected);
  const [display_name, full_name] = [displayName(name), fullName(name)];
  assertEquals({ display_name, full_name, to_string: display_name }, expected);
}

/** Judges a name as a command's is judged. */
export function runValidate({ input, expected }: Vector): void {
  assertEquals({ valid: PersonName.command.safeParse(input.name).success }, expected);
}
