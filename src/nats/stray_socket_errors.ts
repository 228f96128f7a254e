/**
 * A workaround for the client, to be dropped when it listens to its sockets until they are closed.
 *
 * @module
 */
import { getLogger } from "@logtape/logtape";

const logger = getLogger(["person-service", "nats"]);

let listening = false;

/**
 * Keeps the errors of sockets that the client no longer listens to from ending the process. The client (3.4.0) takes
 * its listeners off a socket before it closes it; when the server's reset or TLS alert comes just then, it counts as
 * uncaught. Of refused logins one in four ended so, and as many of connections without the client certificate that
 * the server wants.
 */
export function outliveStraySocketErrors(): void {
  if (listening) return;
  listening = true;
  globalThis.addEventListener("error", (event) => {
    const code = codeOf(event.error);
    if (["ECONNRESET", "EPIPE"].includes(code)) event.preventDefault();
    else if (code.startsWith("ERR_SSL_")) {
      event.preventDefault();
      // All that the client itself tells is a time-out or a broken pipe.
      logger.warn("NATS ended the TLS handshake: {reason}", { reason: event.error.message });
    }
  });
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}
