import { assertEquals } from "@std/assert";
import { z } from "zod";
import {
  type AttributeCategory,
  AttributeType,
  categoryOf,
  indexOfCurrent,
  PersonAttribute,
} from "../../src/domain/attribute.ts";
import {
  composeTemporal,
  isValidOn,
  TemporalValidity,
} from "../../src/domain/temporal_validity.ts";
import { isTitleValidOn, PersonTitle } from "../../src/domain/title.ts";
import { CalendarDate, dayOf } from "../../src/domain/values.ts";
import { comparable, DEFAULT_NOW, type Vector } from "./vector.ts";

const Query = z.object({
  set: z.object({ attributes: z.array(PersonAttribute.stored) }),
  query: z.string(),
  date: CalendarDate.nullish(),
  type: AttributeType.stored.optional(),
});

const CATEGORIES = new Map<string, AttributeCategory>([
  ["identifying", "Identifying"],
  ["physical", "Physical"],
  ["healthcare", "Healthcare"],
  ["demographic", "Demographic"],
  ["custom", "Custom"],
]);

/** Tells the category of an attribute. */
export function runPredicates({ input, expected }: Vector): void {
  const category = categoryOf(PersonAttribute.stored.parse(input.attribute).attribute_type);
  const actual = {
    is_identifying: category === "Identifying",
    is_physical: category === "Physical",
    is_healthcare_relevant: category === "Healthcare",
    is_demographic: category === "Demographic",
  };
  assertEquals(actual, expected);
}

/** Asks a list of attributes. */
export function runQuery({ input, expected }: Vector): void {
  const { set: { attributes }, query, date, type } = Query.parse(input);
  const day = date ?? dayOf(DEFAULT_NOW);
  if (query === "find" && type !== undefined) {
    const attribute = attributes[indexOfCurrent(attributes, type, day)] ?? null;
    return assertEquals(comparable({ attribute }), comparable(expected));
  }
  const category = CATEGORIES.get(query);
  if (query !== "valid_on" && category === undefined) throw new Error(`Unknown query "${query}"`);
  const found = attributes.filter((attribute) =>
    category === undefined
      ? isValidOn(attribute.temporal, day)
      : categoryOf(attribute.attribute_type) === category
  );
  assertEquals(comparable({ count: found.length, attributes: found }), comparable(expected));
}

/** Tells whether a range holds on a day. */
export function runTemporalValidOn({ input, expected }: Vector): void {
  const temporal = TemporalValidity.stored.parse(input.temporal);
  assertEquals({ valid: isValidOn(temporal, CalendarDate.parse(input.date)) }, expected);
}

/** Narrows a range by another, in either order. */
export function runCompose({ input, expected }: Vector): void {
  const [a, b] = [TemporalValidity.stored.parse(input.a), TemporalValidity.stored.parse(input.b)];
  assertEquals(comparable({ temporal: composeTemporal(a, b) }), comparable(expected));
  assertEquals(comparable({ temporal: composeTemporal(b, a) }), comparable(expected));
}

/** Tells whether a title is borne on a day. */
export function runTitleValidOn({ input, expected }: Vector): void {
  const title = PersonTitle.stored.parse(input.title);
  assertEquals({ valid: isTitleValidOn(title, CalendarDate.parse(input.date)) }, expected);
}
