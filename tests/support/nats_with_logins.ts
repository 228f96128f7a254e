/**
 * A nats-server that runs the configuration of `deployment/nats`, with the passwords filled in.
 *
 * @module
 */
import { basename } from "node:path";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { freePort, TestNatsServer } from "./nats_server.ts";
import { TestService } from "./service_process.ts";
import { outliveStraySocketErrors } from "../../src/nats/stray_socket_errors.ts";

/** The users of `deployment/nats/users.conf`. */
export type Login = "service" | "operator" | "client" | "reader";

/** Where each login's answers go. */
const INBOX_PREFIXES: Record<Login, string> = {
  service: "_INBOX.person-service",
  operator: "_INBOX.operator",
  client: "_INBOX_client",
  reader: "_INBOX_reader",
};

const PASSWORD = "hunter2";
/** Of that password, with the least cost that bcrypt has. */
const PASSWORD_HASH = "$2a$04$abcdefghijklmnopqrstuuV3duMsC0HpUex6N9qapiuOHHWkwRXVm";

const CONFIGURATION = new URL("../../deployment/nats/", import.meta.url);

/** `await using nats = await NatsWithLogins.start()` */
export class NatsWithLogins implements AsyncDisposable {
  readonly #owned: AsyncDisposableStack;
  /** The server. */
  readonly server: TestNatsServer;
  /** Where the server tells about itself. */
  readonly monitorUrl: string;

  private constructor(owned: AsyncDisposableStack, server: TestNatsServer, monitorUrl: string) {
    this.#owned = owned;
    this.server = server;
    this.monitorUrl = monitorUrl;
  }

  /**
   * Starts the server; its files are as deployed but for where it listens and stores.
   * @param edited what an operator makes of users.conf
   */
  static async start(edited = (users: string) => users): Promise<NatsWithLogins> {
    await using owned = new AsyncDisposableStack();
    const folder = await Deno.makeTempDir({ prefix: "nats-conf-" });
    owned.defer(() => Deno.remove(folder, { recursive: true }));
    const deployed = await Deno.readTextFile(new URL("server.conf", CONFIGURATION));
    await Deno.writeTextFile(`${folder}/server.conf`, deployed.replace("/var/lib/nats", folder));
    const users = await Deno.readTextFile(new URL("users.conf", CONFIGURATION));
    await Deno.writeTextFile(`${folder}/users.conf`, edited(users));
    const monitor = `127.0.0.1:${freePort()}`;
    const server = await TestNatsServer.start({
      // The server takes it for relative to its own configuration, which is in a folder beside.
      config: `include "../${basename(folder)}/server.conf"\nhttp: "${monitor}"`,
      env: {
        SERVICE_PASSWORD: PASSWORD_HASH,
        OPERATOR_PASSWORD: PASSWORD_HASH,
        CLIENT_PASSWORD: PASSWORD_HASH,
        READER_PASSWORD: PASSWORD_HASH,
      },
    });
    owned.use(server);
    return new NatsWithLogins(owned.move(), server, `http://${monitor}`);
  }

  /** The settings of `person-service` for one of the logins. */
  settingsOf(login: Login): Record<string, string> {
    return { NATS_URL: this.server.url, NATS_USER: login, NATS_PASSWORD: PASSWORD };
  }

  /** Connects as one of the logins; ends with this server at the latest. */
  async connect(login: Login, password: string = PASSWORD): Promise<NatsConnection> {
    outliveStraySocketErrors();
    const nc = await connect({
      servers: `127.0.0.1:${this.server.port}`,
      user: login,
      pass: password,
      inboxPrefix: INBOX_PREFIXES[login],
      noAsyncTraces: true,
    });
    this.#owned.defer(() => nc.close());
    return nc;
  }

  /** Starts the service under its own login. */
  async startService(settings: Record<string, string> = {}): Promise<TestService> {
    const login = this.settingsOf("service");
    return this.#owned.use(await TestService.start({ ...login, ...settings }));
  }

  /** What the server refused to one of the logins, as it logs it. */
  async violations(login: Login): Promise<string[]> {
    const lines = (await this.server.log()).split("\n");
    return lines.filter((line) => line.includes(`/user:${login}"`))
      .flatMap((line) => line.match(/\w+ Violation - .*/) ?? []);
  }

  /** Ends services and connections, then the server. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#owned.disposeAsync();
  }
}
