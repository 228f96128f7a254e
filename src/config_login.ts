/**
 * How to log in to NATS, and the files that takes.
 *
 * @module
 */
import type { UrlLogin } from "./config_nats_url.ts";

/** The one way to log in. */
export type Auth =
  | { kind: "none" }
  | { kind: "creds"; file: string }
  | { kind: "nkey"; seedFile: string }
  | UrlLogin;

/** The files of the TLS settings. */
export interface TlsFiles {
  /** Certificates of the authorities to trust instead of the system's. */
  caFile?: string;
  /** The client's certificate. */
  certFile?: string;
  /** The key of that certificate. */
  keyFile?: string;
}

/** The variables that are set. */
export type Variables = Readonly<Record<string, string>>;

/** What this process can find out about its surroundings. */
export interface Surroundings {
  /** Why a file can't be read; undefined when it can. */
  whyUnreadable(path: string): string | undefined;
  /** Whether someone reads stderr in a terminal. */
  inTerminal: boolean;
  /** Of the Deno that runs this, such as `2.9.6`. */
  denoVersion: string;
}

/** A setting's value together with what is wrong with it. */
export interface Checked<Value> {
  /** What to use if there are no mistakes. */
  value: Value;
  /** Each begins with the variable's name. */
  mistakes: string[];
}

/** Finds the one way to log in. */
export function readAuth(
  variables: Variables,
  urlLogin: UrlLogin | undefined,
  surroundings: Surroundings,
): Checked<Auth> {
  const { NATS_USER: user, NATS_PASSWORD: password, NATS_TOKEN: token } = variables;
  const creds = readFile("NATS_CREDS_FILE", variables, surroundings);
  const seed = readFile("NATS_NKEY_SEED_FILE", variables, surroundings);
  const mistakes = [...creds.mistakes, ...seed.mistakes];
  mistakes.push(...togetherOnly(variables, "NATS_USER", "NATS_PASSWORD"));
  const ways: [names: string, auth: Auth][] = [];
  if (creds.value !== undefined) {
    ways.push(["NATS_CREDS_FILE", { kind: "creds", file: creds.value }]);
  }
  if (user !== undefined || password !== undefined) {
    const auth = { kind: "userPassword", user: user ?? "", password: password ?? "" } as const;
    ways.push(["NATS_USER with NATS_PASSWORD", auth]);
  }
  if (token !== undefined) ways.push(["NATS_TOKEN", { kind: "token", token }]);
  if (seed.value !== undefined) {
    ways.push(["NATS_NKEY_SEED_FILE", { kind: "nkey", seedFile: seed.value }]);
  }
  if (urlLogin !== undefined) ways.push(["user info in NATS_URL", urlLogin]);
  if (ways.length > 1) {
    const names = ways.map(([name]) => name).join(", ");
    mistakes.push(`NATS_*: found several ways to log in (${names}); keep one`);
  }
  return { value: ways[0]?.[1] ?? { kind: "none" }, mistakes };
}

/** Finds the TLS files. */
export function readTlsFiles(variables: Variables, surroundings: Surroundings): Checked<TlsFiles> {
  const ca = readFile("NATS_TLS_CA", variables, surroundings);
  const cert = readFile("NATS_TLS_CERT", variables, surroundings);
  const key = readFile("NATS_TLS_KEY", variables, surroundings);
  const pair = togetherOnly(variables, "NATS_TLS_CERT", "NATS_TLS_KEY");
  const value = {
    ...(ca.value !== undefined && { caFile: ca.value }),
    ...(cert.value !== undefined && { certFile: cert.value }),
    ...(key.value !== undefined && { keyFile: key.value }),
  };
  return { value, mistakes: [ca, cert, key].flatMap(({ mistakes }) => mistakes).concat(pair) };
}

/** Deno's node:tls before 2.9 does not get as far as a certificate: no connection would ever be made. */
export function tlsMistakes(
  variables: Variables,
  isTlsUrl: boolean,
  { denoVersion }: Surroundings,
): string[] {
  const { NATS_TLS_CA, NATS_TLS_CERT, NATS_TLS_KEY } = variables;
  const isAskedFor = isTlsUrl || (NATS_TLS_CA ?? NATS_TLS_CERT ?? NATS_TLS_KEY) !== undefined;
  const [major = 0, minor = 0] = denoVersion.split(".").map(Number);
  if (!isAskedFor || major > 2 || (major === 2 && minor >= 9)) return [];
  return [
    `NATS_URL, NATS_TLS_*: found TLS, for which Deno ${denoVersion} is too old; run this with ` +
    "Deno 2.9 or newer, or an executable compiled with that",
  ];
}

function readFile(
  name: string,
  variables: Variables,
  { whyUnreadable }: Surroundings,
): Checked<string | undefined> {
  const written = variables[name];
  if (written === undefined) return { value: undefined, mistakes: [] };
  const { CREDENTIALS_DIRECTORY: credentials } = variables;
  if (credentials !== undefined && !written.includes("/")) {
    // systemd's LoadCredential= puts its files there, and only their names are known beforehand.
    const credential = `${credentials}/${written}`;
    if (whyUnreadable(credential) === undefined) return { value: credential, mistakes: [] };
  }
  const why = whyUnreadable(written);
  if (why === undefined) return { value: written, mistakes: [] };
  const mistake = `${name}: found "${written}" (${why}); write the path of a readable file`;
  return { value: written, mistakes: [mistake] };
}

function togetherOnly(variables: Variables, first: string, second: string): string[] {
  if ((variables[first] === undefined) === (variables[second] === undefined)) return [];
  const [set, unset] = variables[first] === undefined ? [second, first] : [first, second];
  return [`${unset}: found nothing, though ${set} is set; set both or neither`];
}
