/**
 * The socket at which systemd listens to its services.
 *
 * @module
 */
import { until } from "./until.ts";

/** `using socket = NotifySocket.open()` closes it and removes its path. */
export class NotifySocket implements Disposable {
  readonly #folder: string;
  readonly #socket: Deno.DatagramConn;
  #messages: string[] = [];

  private constructor(folder: string) {
    this.#folder = folder;
    this.#socket = Deno.listenDatagram({ transport: "unixpacket", path: `${folder}/notify` });
    this.#receive();
  }

  /** Listens at a path of its own. */
  static open(): NotifySocket {
    return new NotifySocket(Deno.makeTempDirSync({ prefix: "notify-" }));
  }

  /** What systemd would put into the environment. */
  get environment(): Record<string, string> {
    return { NOTIFY_SOCKET: `${this.#folder}/notify` };
  }

  /** The messages so far, without the watchdog's. */
  get messages(): string[] {
    return this.#messages.filter((message) => message !== "WATCHDOG=1");
  }

  /** How often the watchdog was told that all is well. */
  get pings(): number {
    return this.#messages.filter((message) => message === "WATCHDOG=1").length;
  }

  /** Resolves when a message matches that came after the last call. */
  async received(pattern: RegExp): Promise<void> {
    await until(`a message matches ${pattern}`, () => {
      const found = this.#messages.findIndex((message) => pattern.test(message));
      if (found < 0) return false;
      this.#messages = this.#messages.slice(found + 1);
      return true;
    });
  }

  /** Closes the socket. */
  [Symbol.dispose](): void {
    this.#socket.close();
    Deno.removeSync(this.#folder, { recursive: true });
  }

  async #receive(): Promise<void> {
    for await (const [bytes] of this.#socket) {
      this.#messages.push(new TextDecoder().decode(bytes));
    }
  }
}
