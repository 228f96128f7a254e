import { assertEquals } from "@std/assert";
import { detached, encodeText } from "../../../src/nats/text.ts";

Deno.test("encodeText: given texts of all lengths, when others are encoded behind them, then each keeps its bytes", () => {
  const texts = Array.from(
    { length: 3_000 },
    (_, n) => `${n} é山🙂 `.repeat(n % 97 === 0 ? n : n % 13),
  );
  const encoded = texts.map(encodeText);
  const decoder = new TextDecoder();
  assertEquals(encoded.map((bytes) => decoder.decode(bytes)), texts);
});

Deno.test("detached: given any text, then it is the same", () => {
  for (const text of ["", "a", '"\\', "é山🙂", "\u2028", "x".repeat(300)]) {
    assertEquals(detached(text), text);
  }
});
