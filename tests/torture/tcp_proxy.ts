import { Buffer } from "node:buffer";
import { freePort } from "../support/nats_server.ts";

/** A TCP connection's two ends. */
type Pair = { near: Deno.Conn; far: Deno.Conn };

/** Passes bytes between loopback ports, until it is told to pass them late, not at all, or to hang up. */
export class TcpProxy implements AsyncDisposable {
  readonly #listener: Deno.TcpListener;
  readonly #targetPort: number;
  readonly #pairs = new Set<Pair>();
  #isCut = false;
  #delayMs = 0;
  #stalled: PromiseWithResolvers<void> | null = null;
  #awaited: { mark: string; isHeld: PromiseWithResolvers<void> } | null = null;

  /** Listens on a port of its own from now on. */
  constructor(targetPort: number) {
    this.#targetPort = targetPort;
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: freePort() });
    void this.#accept();
  }

  /** Where it listens. */
  get port(): number {
    return this.#listener.addr.port;
  }

  /** Ends all connections and takes no further one. */
  cut(): void {
    this.#isCut = true;
    for (const pair of this.#pairs) this.#close(pair);
  }

  /** Keeps the connections and passes nothing on; what comes in is kept. */
  stall(): void {
    this.#stalled ??= Promise.withResolvers();
  }

  /**
   * Lets pass what is sent to the other end up to the first such mark, the mark included, and stalls right behind it.
   * Resolves then; not at all when it is mended before.
   */
  stallBehind(mark: string): Promise<void> {
    this.#awaited = { mark, isHeld: Promise.withResolvers() };
    return this.#awaited.isHeld.promise;
  }

  /** Passes everything on, each piece so much later. */
  slowDown(delayMs: number): void {
    this.#delayMs = delayMs;
  }

  /** Passes on what was kept, and everything at once from now on. */
  mend(): void {
    this.#isCut = false;
    this.#delayMs = 0;
    this.#awaited = null;
    this.#stalled?.resolve();
    this.#stalled = null;
  }

  /** Ends everything. */
  [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    this.mend();
    this.#listener.close();
    return Promise.resolve();
  }

  async #accept(): Promise<void> {
    try {
      for await (const near of this.#listener) void this.#connect(near);
    } catch (error) {
      if (!(error instanceof Deno.errors.BadResource)) throw error; // It was closed.
    }
  }

  async #connect(near: Deno.Conn): Promise<void> {
    try {
      if (this.#isCut) return near.close();
      const far = await Deno.connect({ hostname: "127.0.0.1", port: this.#targetPort });
      const pair = { near, far };
      this.#pairs.add(pair);
      // It may have been cut meanwhile.
      if (this.#isCut) return this.#close(pair);
      await Promise.race([this.#pass(near, far, true), this.#pass(far, near, false)]);
      this.#close(pair);
    } catch {
      near.close(); // Nobody listens there just now.
    }
  }

  /** Resolves when one of the two ends. */
  async #pass(from: Deno.Conn, to: Deno.Conn, isForth: boolean): Promise<void> {
    const buffer = new Uint8Array(64 * 1024);
    try {
      for (;;) {
        const count = await from.read(buffer);
        if (count === null) return;
        if (this.#delayMs > 0) await new Promise((resolve) => setTimeout(resolve, this.#delayMs));
        await this.#stalled?.promise;
        const bytes = buffer.subarray(0, count);
        const free = isForth ? this.#endOfMark(bytes) : 0;
        await writeAll(to, bytes.subarray(0, free));
        await this.#stalled?.promise;
        await writeAll(to, bytes.subarray(free));
      }
    } catch {
      // Reset by one end, or closed here.
    }
  }

  /** Where the awaited mark ends, behind which it is stalled from now on; 0: it is not in here. */
  #endOfMark(bytes: Uint8Array): number {
    if (this.#awaited === null) return 0;
    const { mark, isHeld } = this.#awaited;
    const at = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).indexOf(mark);
    if (at === -1) return 0;
    this.#awaited = null;
    this.stall();
    isHeld.resolve();
    return at + mark.length;
  }

  #close(pair: Pair): void {
    if (!this.#pairs.delete(pair)) return;
    pair.near.close();
    pair.far.close();
  }
}

async function writeAll(to: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let sent = 0; sent < bytes.length;) sent += await to.write(bytes.subarray(sent));
}
