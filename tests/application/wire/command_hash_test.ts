import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { writeCommand } from "../../../src/domain/commands.ts";
import { decodeCommand } from "../../../src/nats/command_codec.ts";
import { attribute } from "../../support/every_command.ts";
import { canonicalJson, sha256 } from "../../torture/check/canonical_json.ts";

const ID = "019a5c30-1234-7abc-9def-123456789abc";
const CUSTOM = { Custom: { organization: "o", attribute_name: "a", category: "c" } };
/** What JSON escapes, what it does not, and what is next to either. */
const TEXTS = [
  "",
  '"',
  "\\",
  "\x1f",
  " ",
  "!",
  "#",
  "[",
  "]",
  "~",
  "\x7f",
  "é",
  "\u2028",
  "🙂",
  "a",
];

Deno.test("Command-Hash: given any texts, as keys and as values, then it is that of the canonical form", async () => {
  const text = fc.array(fc.constantFrom(...TEXTS), { maxLength: 4 }).map((parts) => parts.join(""));
  await fc.assert(fc.asyncProperty(fc.dictionary(text, text), async (members) => {
    const command = {
      RecordAttribute: { person_id: ID, attribute: attribute(CUSTOM, { Json: members }) },
    };
    const data = new TextEncoder().encode(JSON.stringify(command));
    const decoded = await decodeCommand({ data });
    assertEquals(decoded.commandHash, sha256(canonicalJson(writeCommand(decoded.command))));
  }));
});
