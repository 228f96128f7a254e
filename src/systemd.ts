/**
 * What systemd is told, in the words of sd_notify(3). Outside a unit of `Type=notify` nothing is.
 *
 * @module
 */
import { getLogger } from "@logtape/logtape";

const logger = getLogger(["person-service", "systemd"]);

let socket: Deno.DatagramConn | undefined;
let lastSent: Promise<void> = Promise.resolve();

/**
 * Sends assignments such as `READY=1`, `STATUS=…`, `STOPPING=1`, one message after the other.
 * A failure is logged, never thrown.
 */
export function notifySystemd(...assignments: string[]): Promise<void> {
  const path = Deno.env.get("NOTIFY_SOCKET") ?? "";
  if (path !== "") lastSent = lastSent.then(() => send(path, assignments));
  return lastSent;
}

/**
 * Tells systemd twice within `WatchdogSec=` that the event loop turns: a process that is stuck is
 * killed and started again. To be disposed of to stop.
 */
export function startWatchdog(): Disposable {
  const intervalMs = Number(Deno.env.get("WATCHDOG_USEC") ?? 0) / 1000 / 2;
  // Another process than this may be meant: a launcher passes its environment on.
  const isMeant = (Deno.env.get("WATCHDOG_PID") ?? `${Deno.pid}`) === `${Deno.pid}`;
  if (!isMeant || !(intervalMs > 0)) return { [Symbol.dispose]: () => {} };
  const timer = setInterval(() => notifySystemd("WATCHDOG=1"), intervalMs);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

async function send(path: string, assignments: string[]): Promise<void> {
  try {
    socket ??= openSocket();
    const message = new TextEncoder().encode(assignments.join("\n"));
    // An "@" stands for the zero byte that an abstract socket's name begins with.
    const address = path.replace(/^@/, "\0");
    await socket.send(message, { transport: "unixpacket", path: address });
  } catch (error) {
    logger.error("systemd could not be notified of {assignments}", { assignments, error });
  }
}

/** Sending takes a socket with a path of its own, which nobody needs to find. */
function openSocket(): Deno.DatagramConn {
  const { STATE_DIRECTORY, RUNTIME_DIRECTORY } = Deno.env.toObject();
  // systemd lists several folders with colons when a unit names several.
  const [folder] = (STATE_DIRECTORY ?? RUNTIME_DIRECTORY ?? "/tmp").split(":");
  const path = `${folder}/person-service-${crypto.randomUUID()}`;
  const opened = Deno.listenDatagram({ transport: "unixpacket", path });
  // So nothing is left behind, however the process ends.
  Deno.removeSync(path);
  return opened;
}
