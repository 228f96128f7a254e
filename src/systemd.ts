import { getLogger } from "@logtape/logtape";

const logger = getLogger(["person-service", "systemd"]);

/**
 * Tells systemd how the service is: `READY=1`, `STATUS=…`, `STOPPING=1`. Does nothing outside a unit of `Type=notify`.
 * Source: sd_notify(3).
 */
export async function notifySystemd(...assignments: string[]): Promise<void> {
  const systemdSocket = Deno.env.get("NOTIFY_SOCKET") ?? "";
  if (systemdSocket === "") return;
  const folder = Deno.env.get("RUNTIME_DIRECTORY") ?? "/tmp";
  const ownSocket = `${folder}/person-service-notify.${Deno.pid}`;
  try {
    // Sending needs a socket of one's own, bound to a path.
    const socket = Deno.listenDatagram({ transport: "unixpacket", path: ownSocket });
    try {
      const message = new TextEncoder().encode(assignments.join("\n"));
      await socket.send(message, { transport: "unixpacket", path: systemdSocket });
    } finally {
      socket.close();
      await Deno.remove(ownSocket);
    }
  } catch (error) {
    logger.error("systemd could not be notified of {assignments}", { assignments, error });
  }
}
