import { assertEquals } from "@std/assert";
import type { MsgHdrs } from "@nats-io/transport-node";
import { BadCommand } from "../../../src/nats/bad_command.ts";
import {
  encodeReply,
  ERROR_CODES,
  type ErrorCode,
  replyToFailure,
  replyToResult,
} from "../../../src/nats/replies.ts";
import { HEADER_CODES } from "../../support/replies.ts";
import {
  Overloaded,
  StoreUnavailable,
  UnreadableHistory,
} from "../../../src/application/failures.ts";

const ID = "019a5c30-1234-7abc-9def-123456789abc";

Deno.test("Replies: given an accepted command, when encoded, then it has the shape of the wire and no headers", () => {
  const accepted = { version: 2, eventsGenerated: 1, streamSequence: 7 };
  assertEquals(encodeReply(replyToResult(ID, { accepted })), {
    payload: `{"aggregate_id":"${ID}","version":2,"events_generated":1,"stream_sequence":7}`,
  });
});

Deno.test("Replies: given a refused command, when encoded, then it has code, message, person and version", () => {
  const refused = { code: "AlreadyExists", message: "No", personId: ID, version: 3 } as const;
  const reply = encodeReply(replyToResult(ID, { refused }));
  assertEquals(
    reply.payload,
    `{"error":{"code":"AlreadyExists","message":"No"},"aggregate_id":"${ID}","version":3}`,
  );
  assertEquals(fieldsOf(reply.headers), {
    "Nats-Service-Error": "No",
    "Nats-Service-Error-Code": "409",
  });
});

Deno.test("Replies: given a person that is not there, when refused, then no version is told", () => {
  const details = [{ path: "p", message: "m" }];
  const refused = { code: "NotFound", message: "No", details, personId: ID, version: 0 } as const;
  assertEquals(replyToResult(ID, { refused }), {
    error: { code: "NotFound", message: "No", details },
    aggregate_id: ID,
  });
});

Deno.test("Replies: given each failure, when answered, then it has its code and says no more than it may", () => {
  const problem = { path: "headers.Nats-Msg-Id", message: "bad" };
  const failures: [failure: unknown, error: unknown][] = [
    [new BadCommand("ParseError", "Not JSON"), { code: "ParseError", message: "Not JSON" }],
    [
      new BadCommand("ValidationError", "Bad", [problem]),
      { code: "ValidationError", message: "Bad", details: [problem] },
    ],
    [
      new StoreUnavailable("Away", "unknown"),
      { code: "Unavailable", message: "Away", details: { outcome: "unknown" } },
    ],
    [
      new StoreUnavailable("Away", "not stored", { cause: new Error("secret") }),
      { code: "Unavailable", message: "Away", details: { outcome: "not stored" } },
    ],
    [new Overloaded("Full"), { code: "Overloaded", message: "Full" }],
    [
      new UnreadableHistory(ID, 7, "Event at 7 can't be read", { cause: new Error("secret") }),
      { code: "Internal", message: "Event at 7 can't be read" },
    ],
    [
      new Error("secret"),
      { code: "Internal", message: "The service failed; its log says why" },
    ],
    ["secret", { code: "Internal", message: "The service failed; its log says why" }],
  ];
  for (const [failure, error] of failures) {
    assertEquals(replyToFailure(ID, failure), { error, aggregate_id: ID });
    assertEquals(replyToFailure(undefined, failure), { error });
  }
});

Deno.test("Replies: given each code of the wire, when encoded, then its header code is that of the wire", () => {
  assertEquals({ ...ERROR_CODES }, HEADER_CODES);
  for (const code of Object.keys(ERROR_CODES).filter(isErrorCode)) {
    const { headers } = encodeReply({ error: { code, message: "m" } });
    assertEquals(headers?.get("Nats-Service-Error-Code"), String(ERROR_CODES[code]));
  }
});

Deno.test("Replies: given any message, when encoded, then its header is one line and the body has it whole", () => {
  const messages = [
    ["line\r\nbreak", "line break"],
    ["Nats-Service-Error-Code: 200\r\n\r\n", "Nats-Service-Error-Code: 200"],
    ["nul\x00tab\tdel\x7f", "nul tab del"],
    ["\u0085\u200e", ""],
    ["\ud800 half", "half"],
    ["Größe 山田 🙂", "Größe 山田 🙂"],
    ["x".repeat(5_000), "x".repeat(1_000)],
  ] as const;
  for (const [message, line] of messages) {
    const { payload, headers } = encodeReply({ error: { code: "Internal", message } });
    assertEquals(headers?.get("Nats-Service-Error"), line);
    assertEquals(JSON.parse(payload).error.message, message);
  }
});

function isErrorCode(name: string): name is ErrorCode {
  return name in ERROR_CODES;
}

function fieldsOf(headers: MsgHdrs | undefined): Record<string, string> {
  return Object.fromEntries([...headers ?? []].map(([name, values]) => [name, values.join()]));
}
