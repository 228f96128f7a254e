/**
 * A workaround for the client, to be dropped when it listens to its sockets until they are closed.
 *
 * @module
 */

let listening = false;

/**
 * Keeps connections that the server resets from ending the process. The client (3.4.0) takes its
 * listeners off a socket before it closes it; when the server's reset comes just then, nobody
 * listens to the socket's error, and it counts as uncaught. Of refused logins one in four ended so.
 */
export function outliveResetSockets(): void {
  if (listening) return;
  listening = true;
  globalThis.addEventListener("error", (event) => {
    const { error } = event;
    if (error instanceof Error && "syscall" in error && "code" in error) {
      // The client has noticed by itself that this connection is gone.
      if (["ECONNRESET", "EPIPE"].includes(String(error.code))) event.preventDefault();
    }
  });
}
