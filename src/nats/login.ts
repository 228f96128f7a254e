/**
 * Logging in to NATS the one way that is configured.
 *
 * @module
 */
import { getLogger } from "@logtape/logtape";
import {
  type Authenticator,
  credsAuthenticator,
  nkeyAuthenticator,
  tokenAuthenticator,
  usernamePasswordAuthenticator,
} from "@nats-io/transport-node";
import { ConfigError } from "../config.ts";
import type { Auth } from "../config_login.ts";
import { unreachable } from "../domain/values.ts";

const logger = getLogger(["person-service", "nats"]);

/**
 * Answers the server's question who is there. Files are read anew each time, so that renewed
 * credentials count from the next login on.
 *
 * @throws {ConfigError} when a file does not hold what its setting says
 */
export async function authenticatorOf(auth: Auth): Promise<Authenticator | undefined> {
  switch (auth.kind) {
    case "none":
      return undefined;
    case "userPassword":
      return usernamePasswordAuthenticator(auth.user, auth.password);
    case "token":
      return tokenAuthenticator(auth.token);
    case "creds":
      return await fromFile(auth.file, credsAuthenticator, {
        variable: "NATS_CREDS_FILE",
        expected: 'credentials as written by "nsc generate creds"',
      });
    case "nkey":
      return await fromFile(auth.seedFile, seedAuthenticator, {
        variable: "NATS_NKEY_SEED_FILE",
        expected: 'a user\'s seed as written by "nk -gen user"',
      });
    default:
      return unreachable(auth);
  }
}

/** What to look at when the server refuses a login. */
export function loginAdvice(auth: Auth): string {
  switch (auth.kind) {
    case "none":
      return "set NATS_CREDS_FILE, NATS_USER and NATS_PASSWORD, NATS_TOKEN or NATS_NKEY_SEED_FILE";
    case "userPassword":
      return `check user "${auth.user}" and its password in NATS_USER and NATS_PASSWORD or NATS_URL`;
    case "token":
      return "check the token in NATS_TOKEN or NATS_URL";
    case "creds":
      return `check that "${auth.file}" (NATS_CREDS_FILE) is of this server and has not expired`;
    case "nkey":
      return `check that the server knows the key in "${auth.seedFile}" (NATS_NKEY_SEED_FILE)`;
    default:
      return unreachable(auth);
  }
}

async function fromFile(
  path: string,
  make: (content: Uint8Array) => Authenticator,
  { variable, expected }: { variable: string; expected: string },
): Promise<Authenticator> {
  try {
    make(await Deno.readFile(path))("nonce");
  } catch (cause) {
    const mistake = `${variable}: found "${path}" without usable content; write ${expected}`;
    throw new ConfigError([mistake], { cause });
  }
  return (nonce) => {
    try {
      return make(Deno.readFileSync(path))(nonce);
    } catch (error) {
      // The client closes the connection for good when an authenticator throws. Without an answer
      // the server refuses the login, and the client tries again.
      logger.error("Cannot log in to NATS with {path} ({variable})", { path, variable, error });
      return undefined;
    }
  };
}

function seedAuthenticator(content: Uint8Array): Authenticator {
  const seed = new TextDecoder().decode(content).match(/\bSU[A-Z2-7]{56}\b/)?.[0];
  if (seed === undefined) throw new Error("There is no user's seed");
  return nkeyAuthenticator(new TextEncoder().encode(seed));
}
