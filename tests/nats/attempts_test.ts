import { assertEquals, assertRejects } from "@std/assert";
import { JetStreamApiError, JetStreamError } from "@nats-io/jetstream";
import {
  ClosedConnectionError,
  connect,
  ConnectionError,
  DrainingConnectionError,
  NoRespondersError,
  PermissionViolationError,
  RequestError,
  TimeoutError,
} from "@nats-io/transport-node";
import { isPassing, readUntil, type Surroundings } from "../../src/nats/attempts.ts";
import { Link, LinkLost } from "../../src/nats/link.ts";
import { assertThat } from "../support/assert_that.ts";
import { systemClock } from "../support/event_store_fixture.ts";
import { TestNatsServer } from "../support/nats_server.ts";
import { until } from "../support/until.ts";
import { StoreUnavailable, UnreadableHistory } from "../../src/application/failures.ts";

const apiError = new JetStreamApiError({ code: 503, err_code: 10008, description: "later" });
const denied = new PermissionViolationError("no", "publish", "a");

Deno.test("isPassing: given what may be mended by time, then the same request is tried again", () => {
  const passing = [
    new TimeoutError(),
    new LinkLost("lost"),
    new RequestError("failed"),
    new RequestError("nobody", { cause: new NoRespondersError("a") }),
    new ClosedConnectionError(),
    new DrainingConnectionError(),
    new ConnectionError("refused"),
    apiError,
    new JetStreamError("no leader"),
  ];
  for (const error of passing) assertEquals(isPassing(error), true, error.name);
});

Deno.test("isPassing: given what time does not mend, then it is not tried again", () => {
  const lasting = [
    denied,
    new RequestError("denied", { cause: denied }),
    new TypeError("defect"),
    new UnreadableHistory("a", 1, "damaged"),
    "text",
    undefined,
  ];
  for (const error of lasting) assertEquals(isPassing(error), false, String(error));
});

test("given failures that pass, when read, then until an answer comes", async (surroundings) => {
  let tries = 0;
  const read = () => ++tries < 4 ? Promise.reject(apiError) : Promise.resolve("answer");
  assertEquals(await readUntil(performance.now() + 5_000, surroundings, read), "answer");
  assertEquals(tries, 4);
});

test("given failures to the end, when read, then it ends at the deadline with the last of them, after few tries", async (surroundings) => {
  let tries = 0;
  const startedMs = performance.now();
  const read = () => {
    tries++;
    return Promise.reject(apiError);
  };
  const failure = await assertRejects(
    () => readUntil(startedMs + 1_000, surroundings, read),
    StoreUnavailable,
  );
  assertEquals([failure.outcome, failure.cause], ["not stored", apiError]);
  const elapsedMs = performance.now() - startedMs;
  assertThat(elapsedMs > 900 && elapsedMs < 8_000, `${elapsedMs} ms`);
  assertThat(tries > 2 && tries < 20, `${tries} tries`);
});

test("given no answer at all, when read, then it ends at the deadline", async (surroundings) => {
  const startedMs = performance.now();
  await assertRejects(
    () => readUntil(startedMs + 300, surroundings, () => new Promise(() => {})),
    StoreUnavailable,
  );
  assertThat(performance.now() - startedMs < 8_000);
});

test("given a failure that lasts, when read, then it is thrown at once", async (surroundings) => {
  let tries = 0;
  const read = () => {
    tries++;
    return Promise.reject(new TypeError("defect"));
  };
  await assertRejects(() => readUntil(performance.now() + 5_000, surroundings, read), TypeError);
  assertEquals(tries, 1);
});

test("given a deadline that is over, when read, then nothing is asked", async (surroundings) => {
  const read = () => Promise.reject(new TypeError("asked"));
  await assertRejects(() => readUntil(performance.now(), surroundings, read), StoreUnavailable);
});

test(
  "given the link is down, when read, then nothing is asked before it is up",
  async (surroundings, server) => {
    await server.stop();
    await until("the link is down", () => !surroundings.link.isUp);
    const asked = () => Promise.reject(new TypeError("asked"));
    await assertRejects(
      () => readUntil(performance.now() + 300, surroundings, asked),
      StoreUnavailable,
    );
    const reading = readUntil(performance.now() + 20_000, surroundings, () => {
      assertEquals(surroundings.link.isUp, true);
      return Promise.resolve("answer");
    });
    await server.restart();
    assertEquals(await reading, "answer");
  },
);

test(
  "given the link is lost amid a read, when it is up again, then it is asked again",
  async (surroundings, server) => {
    let tries = 0;
    const read = () => ++tries === 1 ? new Promise<string>(() => {}) : Promise.resolve("answer");
    const reading = readUntil(performance.now() + 20_000, surroundings, read);
    await server.stop();
    await server.restart();
    assertEquals([await reading, tries], ["answer", 2]);
  },
);

function test(
  sentence: string,
  run: (surroundings: Surroundings, server: TestNatsServer) => Promise<void>,
): void {
  Deno.test(`readUntil: ${sentence}`, async () => {
    await using server = await TestNatsServer.start();
    const servers = server.url.replace("nats://", "");
    const nc = await connect({ servers, maxReconnectAttempts: -1, reconnectTimeWait: 100 });
    await run({ link: new Link(nc), clock: systemClock }, server);
    await nc.close();
  });
}
