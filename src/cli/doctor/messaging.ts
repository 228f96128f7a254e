/**
 * Messages through the server and back, without JetStream.
 *
 * @module
 */
import { createInbox, type NatsConnection, TimeoutError } from "@nats-io/transport-node";
import { INBOX_PREFIX } from "../../nats/connect.ts";
import { ANSWER_TIMEOUT_MS, type Examination } from "./examination.ts";
import { attempt, failed, type Finding, ok, skipped } from "./finding.ts";

const MESSAGES = 100;

/** Whether answers arrive at all: without that, nothing else can be looked at. */
export async function checkAnswers({ nc }: Examination): Promise<Finding> {
  const inbox = createInbox(INBOX_PREFIX);
  const denied = Promise.withResolvers<never>();
  const subscription = nc.subscribe(inbox, {
    callback: (error) => {
      if (error !== null) denied.reject(error);
    },
  });
  const finding = await attempt("answers", async () => {
    // The server refuses a subscription before it answers what was sent behind it.
    await Promise.race([denied.promise, nc.flush()]);
    return ok("answers", `arrive on ${INBOX_PREFIX}.>`);
  });
  subscription.unsubscribe();
  if (finding.status !== "skipped") return finding;
  const todo = "use the service's or the operator's login of deployment/nats/users.conf";
  return failed("answers", `${finding.found}, where they go`, todo);
}

/** Request and reply, publish and subscribe, and the order of messages, on subjects of its own. */
export async function* checkMessaging({ nc, id }: Examination): AsyncGenerator<Finding> {
  const subject = `person-service-doctor.${id}`;
  const answered = await attempt("request/reply", () => checkRequest(nc, `${subject}.request`));
  yield answered;
  // What is published without a request is refused without a word.
  if (answered.status === "skipped") {
    yield skipped("publish/subscribe", answered.found);
    yield skipped("order of messages", answered.found);
    return;
  }
  yield await attempt("publish/subscribe", async () => {
    await exchange(nc, `${subject}.publish`, 1);
    return ok("publish/subscribe", "a message came back");
  });
  yield await attempt("order of messages", () => checkOrder(nc, `${subject}.order`));
}

async function checkRequest(nc: NatsConnection, subject: string): Promise<Finding> {
  const denied = Promise.withResolvers<never>();
  denied.promise.catch(() => {}); // unless it comes before the answer, nobody waits for it
  const subscription = nc.subscribe(subject, {
    callback: (error, message) => {
      if (error !== null) denied.reject(error);
      else message.respond(message.data);
    },
  });
  try {
    const reply = nc.request(subject, "ping", { timeout: ANSWER_TIMEOUT_MS });
    // Of both the right to publish and to subscribe may be lacking.
    const message = await Promise.race([reply, denied.promise]).finally(() =>
      reply.catch(() => {})
    );
    const echo = message.string();
    return echo === "ping"
      ? ok("request/reply", "answered")
      : failed("request/reply", `"ping" came back as "${echo}"`);
  } finally {
    subscription.unsubscribe();
  }
}

async function checkOrder(nc: NatsConnection, subject: string): Promise<Finding> {
  const startedMs = performance.now();
  const received = await exchange(nc, subject, MESSAGES);
  const elapsedMs = Math.round(performance.now() - startedMs);
  const firstWrong = received.findIndex((text, index) => text !== String(index));
  return firstWrong === -1
    ? ok("order of messages", `${MESSAGES} came back in order, in ${elapsedMs} ms`)
    : failed("order of messages", `message ${firstWrong} came back as ${received[firstWrong]}`);
}

/** Publishes numbered messages and gives what comes back of them. */
async function exchange(nc: NatsConnection, subject: string, count: number): Promise<string[]> {
  const received: string[] = [];
  const done = Promise.withResolvers<void>();
  const late = setTimeout(() => done.reject(new TimeoutError()), ANSWER_TIMEOUT_MS);
  const subscription = nc.subscribe(subject, {
    callback: (error, message) => {
      if (error !== null) done.reject(error);
      else if (received.push(message.string()) === count) done.resolve();
    },
  });
  try {
    for (let n = 0; n < count; n++) nc.publish(subject, String(n));
    await done.promise;
    return received;
  } catch (error) {
    if (!(error instanceof TimeoutError)) throw error;
    throw new Error(`${received.length} of ${count} messages came back in time`, { cause: error });
  } finally {
    clearTimeout(late);
    subscription.unsubscribe();
  }
}
