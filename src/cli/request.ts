/**
 * One request and its reply, in a connection of its own.
 *
 * @module
 */
import { errors, headers, type MsgHdrs } from "@nats-io/transport-node";
import type { Config } from "../config.ts";
import { connectOnce, Unanswered } from "./connect_once.ts";

/** Where a command goes, and with what. */
export type Request = {
  subject: string;
  timeoutMs: number;
  headers: Record<string, string | undefined>;
};

/**
 * Sends bytes and resolves to the text of the reply.
 *
 * @throws {Unanswered}
 */
export async function requestReply(
  config: Config,
  payload: Uint8Array,
  request: Request,
): Promise<string> {
  const nc = await connectOnce(config, "person-service send", request.timeoutMs);
  try {
    const { subject, timeoutMs: timeout } = request;
    const reply = await nc.request(subject, payload, { timeout, headers: headersOf(request) });
    return reply.string();
  } catch (error) {
    throw new Unanswered(reasonOf(error, config, request), { cause: error });
  } finally {
    await nc.close();
  }
}

/** The headers that have a value. */
export function headersOf(request: Request): MsgHdrs {
  const made = headers();
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) made.set(name, value);
  }
  return made;
}

function reasonOf(error: unknown, config: Config, { subject, timeoutMs, headers }: Request) {
  if (error instanceof errors.RequestError && error.isNoResponders()) {
    const start = Deno.build.standalone ? "person-service" : "deno task dev";
    return `No person-service is listening on "${subject}" at ${config.natsUrls.join(", ")}; ` +
      `start one with "${start}"`;
  }
  if (error instanceof errors.TimeoutError) {
    return `No reply within ${timeoutMs / 1000} s, so the command may be stored or not; ` +
      `the same command with --id ${headers["Nats-Msg-Id"]} will tell`;
  }
  return `Cannot send to "${subject}": ${error instanceof Error ? error.message : error}`;
}
