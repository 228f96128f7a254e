/**
 * The server and the way to it.
 *
 * @module
 */
import type { NatsConnection, ServerInfo } from "@nats-io/transport-node";
import type { Auth } from "../../config_login.ts";
import { unreachable } from "../../domain/values.ts";
import { whyTooOld, whyTooSmall } from "../../nats/server_requirements.ts";
import type { Examination } from "./examination.ts";
import { attempt, failed, type Finding, ok, warning } from "./finding.ts";

const ROUND_TRIPS = 5;
/** A command takes two round trips of the service's, and its caller's own. */
const SLOW_ROUND_TRIP_MS = 100;

/** Reachability, login, round trip, version and limits. */
export async function* checkServer({ nc, config }: Examination): AsyncGenerator<Finding> {
  yield ok("reachability", `${nc.getServer()}, named "${nc.info?.server_name}"`);
  const { info } = nc;
  if (info !== undefined) yield checkLogin(info, config.auth);
  yield await attempt("round trip", () => checkRoundTrip(nc));
  if (info === undefined) return;
  yield orProblem("server version", info.version, whyTooOld(info.version));
  yield orProblem("max_payload", `${info.max_payload} bytes`, whyTooSmall(info.max_payload));
}

function checkLogin({ auth_required: asksForLogin }: ServerInfo, auth: Auth): Finding {
  if (asksForLogin !== true) {
    const found = "the server asks for none: whoever reaches it may do everything";
    return warning("login", found, "give it logins, such as those of deployment/nats/users.conf");
  }
  return ok("login", describeLogin(auth));
}

function describeLogin(auth: Auth): string {
  switch (auth.kind) {
    case "none":
      return "by the server's own choice, without credentials";
    case "userPassword":
      return `user "${auth.user}" with a password`;
    case "token":
      return "a token";
    case "creds":
      return `credentials of "${auth.file}"`;
    case "nkey":
      return `nkey of "${auth.seedFile}"`;
    default:
      return unreachable(auth);
  }
}

async function checkRoundTrip(nc: NatsConnection): Promise<Finding> {
  const trips: number[] = [];
  for (let n = 0; n < ROUND_TRIPS; n++) {
    const sentMs = performance.now();
    await nc.flush();
    trips.push(performance.now() - sentMs);
  }
  const median = trips.toSorted((a, b) => a - b)[Math.floor(ROUND_TRIPS / 2)] ?? 0;
  const found = `${median.toFixed(1)} ms, the median of ${ROUND_TRIPS}`;
  if (median < SLOW_ROUND_TRIP_MS) return ok("round trip", found);
  const todo = "run the service nearer to its server: each command takes two round trips at least";
  return warning("round trip", found, todo);
}

function orProblem(check: string, found: string, problem: string | null): Finding {
  return problem === null ? ok(check, found) : failed(check, problem);
}
