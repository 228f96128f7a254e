/**
 * Reads `NATS_URL`. User info in it is a secret: no refusal shows any of it.
 *
 * @module
 */
import { z } from "zod";

/** Where to connect; every server of the list is reached the same way. */
export interface NatsServers {
  /** `host:port`, without user info. */
  addresses: string[];
  /** Whether the scheme was `tls`. */
  tls: boolean;
  /** The user info, where there was some. */
  login?: UrlLogin;
}

/** User info of a NATS URL: `user:password@`, or `token@`. */
export type UrlLogin =
  | { kind: "userPassword"; user: string; password: string }
  | { kind: "token"; token: string };

type Refused = { refused: string };
type Server = { address: string; tls: boolean; login: UrlLogin | undefined };

/** NATS URLs between commas. */
export function natsServers(): z.ZodType<NatsServers, string> {
  return z.string().transform((text, context) => {
    const result = readNatsServers(text);
    if (!("refused" in result)) return result;
    context.issues.push({ code: "custom", input: undefined, message: result.refused });
    return z.NEVER;
  });
}

/** A NATS URL, or a list of them, with its user info masked; also one that can't be read. */
export function maskUserInfo(text: string): string {
  // To the last "@" of all, for a comma in a password looks like the end of a URL.
  return text.replace(/^(\s*\w+:\/\/)?.*@/s, "$1***@");
}

function readNatsServers(text: string): NatsServers | Refused {
  const entries = text.split(",").map((entry) => entry.trim()).filter((entry) => entry !== "");
  // A comma in a password splits it, so one "@" anywhere makes every piece unfit to be shown.
  const shown = (entry: string) =>
    text.includes("@") ? "an unusable URL (hidden, for it has user info)" : `"${entry}"`;
  const servers: Server[] = [];
  for (const entry of entries) {
    const server = readNatsUrl(entry, shown(entry));
    if ("refused" in server) return server;
    servers.push(server);
  }
  const [first] = servers;
  if (first === undefined) return { refused: 'found no URL; write "nats://host:4222"' };
  if (servers.some(({ tls }) => tls !== first.tls)) {
    return { refused: 'found "nats://" beside "tls://"; write the same for all servers' };
  }
  if (servers.some(({ login }) => JSON.stringify(login) !== JSON.stringify(first.login))) {
    return { refused: "found URLs with different user info; write the same for all servers" };
  }
  const addresses = servers.map(({ address }) => address);
  return { addresses, tls: first.tls, ...(first.login && { login: first.login }) };
}

function readNatsUrl(entry: string, shown: string): Server | Refused {
  // A port is digits, so this is someone's idea of how to ask for TLS. (A user "tls" has an "@".)
  const misplaced = entry.match(/^nats:\/\/tls:(?:\/\/)?([^@]*[^@\d/][^@]*)$/)?.[1];
  if (misplaced !== undefined) return { refused: `found ${shown}; write "tls://${misplaced}"` };
  const text = entry.includes("://") ? entry : `nats://${entry}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const known = url !== undefined && ["nats:", "tls:"].includes(url.protocol);
  if (!known || url.hostname === "" || url.pathname.replace("/", "") + url.search + url.hash) {
    return { refused: `found ${shown}; write "nats://host:4222" or "tls://host:4222"` };
  }
  const login = readUserInfo(url);
  if (login !== undefined && "refused" in login) return login;
  const address = `${url.hostname}:${url.port || "4222"}`;
  return { address, tls: url.protocol === "tls:", login };
}

function readUserInfo(url: URL): UrlLogin | Refused | undefined {
  if (url.username === "" && url.password === "") return undefined;
  try {
    const user = decodeURIComponent(url.username);
    const password = decodeURIComponent(url.password);
    if (password === "") return { kind: "token", token: user };
    return { kind: "userPassword", user, password };
  } catch {
    return { refused: 'found user info with a "%" that encodes nothing; write "%25" for it' };
  }
}
