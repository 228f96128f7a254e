/**
 * A nats-server for development and for the tests: found on this machine or fetched, and run as a
 * child process.
 *
 * @module
 */
import { CACHE_FOLDER, fetchNatsServer, NatsServerUnavailable } from "./fetch_nats_server.ts";

/** Older servers ignore the expectation headers the service relies on. */
const OLDEST_USABLE = [2, 12] as const;
const STARTUP_TIMEOUT_MS = 30_000;

/** A nats-server that runs on this machine. */
export interface NatsServerBinary {
  /** The executable. */
  path: string;
  /** What it says of itself, such as `2.15.1`. */
  version: string;
}

/** How to run a server. */
export interface NatsServerOptions {
  /** Default: {@linkcode findNatsServer}. */
  binary?: string;
  /** Client port on loopback; default: any free one. */
  port?: number;
  /** Holds JetStream's files, the log and the configuration; made when missing. */
  storeDir: string;
  /** Further configuration in nats-server's own syntax; `jetstream: false` turns JetStream off. */
  config?: string;
  /** Variables that the configuration refers to, such as `$PASSWORD`. */
  env?: Record<string, string>;
  /** Every write is on disk before it is acknowledged, as in production. */
  syncAlways?: boolean;
  /** Out of reach of Ctrl-C, which a terminal sends to all processes of its group. */
  detached?: boolean;
}

/** A server that accepts clients. */
export interface RunningServer {
  /** Of the process. */
  pid: number;
  /** The client port. */
  port: number;
  /** `host:port`, to be put behind `nats://` or `tls://`. */
  address: string;
  /** What the server logs, from its start on. */
  logFile: string;
  /** Resolves when the process has ended, whoever ended it. */
  ended: Promise<Deno.CommandStatus>;
  /** Sends a signal; does nothing when the process has ended. */
  signal(signal: Deno.Signal): void;
  /** Ends the server in good order and waits for that. */
  stop(): Promise<void>;
}

/**
 * A nats-server of at least 2.12: the one `NATS_SERVER` names, else of the PATH or /usr/sbin, else
 * one fetched before, else one fetched now.
 *
 * @throws {NatsServerUnavailable} with one line telling how to install one
 */
export async function findNatsServer(): Promise<NatsServerBinary> {
  const named = Deno.env.get("NATS_SERVER");
  if (named) {
    const version = await versionOf(named);
    if (version !== undefined && isUsable(version)) return { path: named, version };
    const found = version === undefined ? "no nats-server that runs" : `nats-server ${version}`;
    throw new NatsServerUnavailable(`NATS_SERVER names "${named}": ${found}; set one >= 2.12`);
  }
  const folders = (Deno.env.get("PATH") ?? "").split(":").filter((folder) => folder !== "");
  const installed = [...folders, "/usr/sbin"].map((folder) => `${folder}/nats-server`);
  for (const path of new Set([...installed, `${CACHE_FOLDER}nats-server-testing`])) {
    const version = await versionOf(path);
    if (version !== undefined && isUsable(version)) return { path, version };
  }
  return await fetchUsable();
}

/**
 * Starts a server with JetStream on loopback and resolves when it accepts clients.
 *
 * @throws {Error} with the end of its log when it exits or isn't ready within 30 s
 */
export async function startNatsServer(options: NatsServerOptions): Promise<RunningServer> {
  const binary = options.binary ?? (await findNatsServer()).path;
  const { storeDir } = options;
  await Deno.mkdir(`${storeDir}/ports`, { recursive: true });
  const configFile = `${storeDir}/nats-server.conf`;
  // Of two settings of one name the later counts.
  const sync = options.syncAlways ? ", sync_interval: always" : "";
  const config = `jetstream { store_dir: "${storeDir}"${sync} }\n${options.config ?? ""}\n`;
  await Deno.writeTextFile(configFile, config);
  const logFile = `${storeDir}/nats-server.log`;
  const args = ["-c", configFile, "-a", "127.0.0.1", "-p", `${options.port ?? -1}`];
  args.push("-l", logFile, "--ports_file_dir", `${storeDir}/ports`);
  // Before the log is open, configuration errors go to stderr.
  const { detached = false, env = {} } = options;
  const command = new Deno.Command(binary, {
    args,
    env,
    stdout: "null",
    stderr: "piped",
    detached,
  });
  const process = command.spawn();
  const portsFile = `${storeDir}/ports/${binary.split("/").at(-1)}_${process.pid}.ports`;
  const port = await listeningPort(process, portsFile);
  if (port === undefined) {
    const log = await Deno.readTextFile(logFile).catch(() => "");
    const output = await new Response(process.stderr).text() + log;
    throw new Error(`nats-server did not start: ${output.trim().split("\n").slice(-5).join("\n")}`);
  }
  return runningServer(process, port, logFile);
}

/** Undefined when the process ended, or had to be ended, before it was ready. */
async function listeningPort(
  process: Deno.ChildProcess,
  portsFile: string,
): Promise<number | undefined> {
  const state = { ended: false };
  process.status.then(() => state.ended = true);
  const deadline = Date.now() + STARTUP_TIMEOUT_MS;
  while (!state.ended && Date.now() < deadline) {
    // The server writes this file once it listens, and may be half-way through doing so.
    const ports = await Deno.readTextFile(portsFile).catch(() => "");
    const port = ports.endsWith("}") ? ports.match(/"nats":\["\w+:\/\/[^"]*:(\d+)"/)?.[1] : null;
    if (port) return Number(port);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  if (!state.ended) process.kill("SIGKILL");
  await process.status;
  return undefined;
}

function runningServer(process: Deno.ChildProcess, port: number, logFile: string): RunningServer {
  const state = { ended: false };
  const ended = process.status.then(async (status) => {
    state.ended = true;
    await process.stderr.cancel();
    return status;
  });
  const signal = (signal: Deno.Signal) => {
    if (!state.ended) process.kill(signal);
  };
  const stop = async () => {
    signal("SIGTERM");
    signal("SIGCONT"); // a frozen process would never see the first one
    await ended;
  };
  const { pid } = process;
  return { pid, port, address: `127.0.0.1:${port}`, logFile, ended, signal, stop };
}

async function fetchUsable(): Promise<NatsServerBinary> {
  try {
    const path = await fetchNatsServer("testing");
    const version = await versionOf(path);
    if (version !== undefined && isUsable(version)) return { path, version };
    throw new NatsServerUnavailable(`The nats-server of Debian testing does not run here`);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new NatsServerUnavailable(
      `No nats-server >= 2.12 here: install one (https://github.com/nats-io/nats-server/releases) ` +
        `and put it on the PATH or set NATS_SERVER to its path (${reason})`,
      { cause },
    );
  }
}

async function versionOf(path: string): Promise<string | undefined> {
  try {
    const { stdout } = await new Deno.Command(path, { args: ["--version"] }).output();
    return new TextDecoder().decode(stdout).match(/^nats-server: v?(\d+\.\d+\.\d+)/)?.[1];
  } catch {
    return undefined; // not there or not executable
  }
}

function isUsable(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > OLDEST_USABLE[0] || (major === OLDEST_USABLE[0] && minor >= OLDEST_USABLE[1]);
}
