/**
 * A caller of the service, as other services are.
 *
 * @module
 */
import { connect, headers, type Msg, type NatsConnection } from "@nats-io/transport-node";
import { outliveStraySocketErrors } from "../../src/nats/stray_socket_errors.ts";

/** Any reply of the service. */
export type AnyReply = {
  aggregate_id?: string;
  version?: number;
  events_generated?: number;
  stream_sequence?: number;
  error?: { code: string; message: string; details?: unknown };
};

/** `await using client = await CommandClient.connect(url)` closes the connection at the end. */
export class CommandClient implements AsyncDisposable {
  readonly nc: NatsConnection;

  private constructor(nc: NatsConnection) {
    this.nc = nc;
  }

  static async connect(url: string): Promise<CommandClient> {
    // Servers are killed under this client.
    outliveStraySocketErrors();
    const servers = url.split(",").map((each) => each.replace("nats://", ""));
    return new CommandClient(
      await connect({
        servers,
        maxReconnectAttempts: -1,
        reconnectTimeWait: 100,
        noAsyncTraces: true,
      }),
    );
  }

  /** Sends a command, or any payload, and gives the whole reply message. */
  request(
    payload: unknown,
    headerFields: Record<string, string> = {},
    { subject = "person.commands.test", timeoutMs = 15_000 } = {},
  ): Promise<Msg> {
    const fields = headers();
    for (const [name, value] of Object.entries(headerFields)) fields.set(name, value);
    const isRaw = typeof payload === "string" || payload instanceof Uint8Array;
    return this.nc.request(subject, isRaw ? payload : JSON.stringify(payload), {
      headers: fields,
      timeout: timeoutMs,
    });
  }

  /** Sends a command and gives the reply's body. */
  async send(payload: unknown, headerFields: Record<string, string> = {}): Promise<AnyReply> {
    return (await this.request(payload, headerFields)).json<AnyReply>();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.nc.close();
  }
}

/** `CreatePerson` of a person with a plain name. */
export function createPerson(personId: string, givenName = "Ada"): unknown {
  return { CreatePerson: { person_id: personId, name: plainName(givenName), source: "test" } };
}

/** `UpdateName` to a plain name. */
export function updateName(personId: string, givenName: string): unknown {
  return { UpdateName: { person_id: personId, name: plainName(givenName) } };
}

/** A valid name. */
export function plainName(givenName: string): unknown {
  return {
    components: { given_names: [givenName], family_names: ["Lovelace"] },
    naming_convention: "Western",
  };
}
