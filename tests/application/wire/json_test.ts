import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { NotJson, parseJson, UnacceptableJson } from "../../../src/nats/json.ts";

const encode = (text: string) => new TextEncoder().encode(text);
const read = (text: string) => parseJson(encode(text));

Deno.test("parseJson: given any JSON with doubles, when read, then nothing has changed", () => {
  const json = fc.jsonValue({ maxDepth: 10 })
    .map((value) => JSON.stringify(value))
    .filter((text) => !text.includes("__proto__"));
  fc.assert(fc.property(json, (text) => assertEquals(JSON.stringify(read(text)), text)));
});

Deno.test("parseJson: given a double in any notation that tells it from others, when read, then it is that double", () => {
  const double = fc.double({ noNaN: true, noDefaultInfinity: true });
  fc.assert(fc.property(double, (value) => {
    const shortest = value.toExponential();
    const notations = [String(value), shortest, shortest.replace("e+", "E"), `${shortest}0`];
    for (const literal of notations.filter((each) => Number(each) === value)) {
      assertEquals(read(`{"n":${literal}}`), { n: value });
      assertEquals(read(literal), value);
    }
  }));
});

Deno.test("parseJson: given a number that a double holds, when read, then it is kept", () => {
  const literals = [
    ["0.1", 0.1],
    ["0.30000000000000004", 0.30000000000000004],
    ["0.10000000000000001", 0.1],
    ["1e23", 1e23],
    ["1e-5", 0.00001],
    ["-2.50e-3", -0.0025],
    ["1E+2", 100],
    ["100000000000000000000", 1e20],
    ["9007199254740991", Number.MAX_SAFE_INTEGER],
    ["9007199254740992.000", 2 ** 53],
    ["1.7976931348623157e308", Number.MAX_VALUE],
    ["5e-324", Number.MIN_VALUE],
    ["0e999", 0],
    ["0.0000000000000000000", 0],
  ] as const;
  for (const [literal, value] of literals) {
    assertEquals(read(`{"n":[ ${literal},1]}`), { n: [value, 1] }, literal);
  }
});

Deno.test("parseJson: given a number that a double can't hold, when read, then it is refused", () => {
  const literals = [
    "9007199254740993",
    "-9007199254740993",
    "9007199254740993.0",
    "9007199254740993e0",
    "900719925474099.3e1",
    "12345678901234567890",
    "1e400",
    "-1e400",
    "1".repeat(400),
    "1e-400",
    "0.1234567890123456789",
    "0.1000000000000000055511151231257827",
  ];
  for (const literal of literals) {
    for (const text of [literal, `[${literal}]`, `{"n": ${literal}}`, `[0,\n${literal}]`]) {
      assertThrows(() => read(text), UnacceptableJson, "send it as a string", text);
    }
  }
});

Deno.test("parseJson: given a long number, when refused, then the message has only its beginning", () => {
  const error = assertThrows(() => read("1".repeat(100_000)), UnacceptableJson);
  assertEquals(error.message.length < 100, true);
});

Deno.test("parseJson: given what looks like numbers within strings, when read, then it is left alone", () => {
  const texts = ["9007199254740993", ':9007199254740993,"', "\\", "[1e400, 1e400]", '\\"1e400'];
  for (const text of texts) {
    const value = { [text]: [text, 1e100] };
    assertEquals(read(JSON.stringify(value)), value);
  }
});

Deno.test("parseJson: given 64 levels, when read, then they are read; 65 are refused", () => {
  for (const [open, close] of [["[", "]"], ['{"a":', "}"], ['[{"a":', "}]"]] as const) {
    const levels = open.startsWith("[{") ? 2 : 1;
    const nested = (depth: number) =>
      `${open.repeat(depth / levels)}${close.repeat(depth / levels)}`
        .replace('{"a":}', "{}");
    read(nested(64));
    assertThrows(() => read(nested(64 + levels)), UnacceptableJson, "64 levels");
    assertThrows(() => read(nested(250_000 / levels)), UnacceptableJson, "64 levels");
  }
});

Deno.test("parseJson: given a __proto__ key, however written, when read, then it is refused", () => {
  const texts = [
    '{"__proto__": {}}',
    '{"\\u005f_proto__": 1}',
    '{"a": [{"b": {"\\u005F\\u005fproto__": null}}]}',
    '[[{"__proto__": 1, "__proto__": 2}]]',
  ];
  for (const text of texts) assertThrows(() => read(text), NotJson, "__proto__");
  assertEquals(read('["__proto__", {"a": "__proto__"}]'), ["__proto__", { a: "__proto__" }]);
});

Deno.test("parseJson: given what is no JSON, when read, then it is refused", () => {
  for (const text of ["{", "[1,]", "{'a': 1}", "NaN", "01", "+1", ".5", "1.", '"\t"', "1 2"]) {
    assertThrows(() => read(text), NotJson, "The message is not JSON: ");
  }
  for (const text of ["", " \n\t"]) assertThrows(() => read(text), NotJson, "message is empty");
});

Deno.test("parseJson: given bytes that are not UTF-8, when read, then they are refused", () => {
  const invalid = [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf5, 0x80, 0x80, 0x80], [
    0xe2,
    0x82,
  ]];
  for (const bytes of invalid) {
    const quoted = new Uint8Array([0x22, ...bytes, 0x22]);
    assertThrows(() => parseJson(quoted), NotJson, "not UTF-8");
  }
});

Deno.test("parseJson: given a byte order mark, when read, then it is passed over", () => {
  assertEquals(parseJson(new Uint8Array([0xef, 0xbb, 0xbf, ...encode("[1]")])), [1]);
});

Deno.test("parseJson: given half a surrogate pair, when read, then it is no JSON; a whole one is a character", () => {
  for (const half of ['"\\ud800"', '["\\udc00"]', '{"\\ud83d": 1}', '{"a": ["\\udc00\\ud800"]}']) {
    assertThrows(() => read(half), NotJson, "half a surrogate pair");
  }
  assertEquals(read('["\\ud83d\\ude00"]'), ["\u{1f600}"]);
});

Deno.test("parseJson: given a key twice, when read, then the last one counts", () => {
  assertEquals(read('{"a": 1, "b": 2, "a": 3}'), { a: 3, b: 2 });
});
