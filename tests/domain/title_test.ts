import { assertEquals } from "@std/assert";
import { isTitleValidOn, PersonTitle } from "../../src/domain/title.ts";

const WITHOUT_DATES = {
  title: "Dr.",
  title_type: "Academic",
  awarded_date: null,
  revoked_date: null,
  expiry_date: null,
  issuing_authority: null,
  revocation_reason: null,
} as const;

Deno.test("PersonTitle: given only title and type, when read, then the rest is null", () => {
  const title = PersonTitle.command.parse({ title: "Dr.", title_type: { Academic: null } });
  assertEquals<unknown>(title, WITHOUT_DATES);
});

Deno.test("isTitleValidOn: given an award, when asked, then it is borne from that day on", () => {
  const title = { ...WITHOUT_DATES, awarded_date: "2020-05-15" };
  assertEquals(["2020-05-14", "2020-05-15"].map((day) => isTitleValidOn(title, day)), [
    false,
    true,
  ]);
});

Deno.test("isTitleValidOn: given a revocation or expiry, when asked, then it is not borne from that day on", () => {
  for (const end of ["revoked_date", "expiry_date"]) {
    const title = { ...WITHOUT_DATES, [end]: "2023-01-01" };
    const borne = ["2022-12-31", "2023-01-01"].map((day) => isTitleValidOn(title, day));
    assertEquals(borne, [true, false]);
  }
});

Deno.test("isTitleValidOn: given no dates, when asked, then it is always borne", () => {
  assertEquals(isTitleValidOn(WITHOUT_DATES, "0000-01-01"), true);
});
