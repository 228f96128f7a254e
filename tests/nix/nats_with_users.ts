/**
 * A nats-server whose users are those of `deployment/nix/nats-users.nix`.
 *
 * @module
 */
import { connect, type NatsConnection, nkeyAuthenticator, nkeys } from "@nats-io/transport-node";
import { TestNatsServer } from "../support/nats_server.ts";
import { TestService } from "../support/service_process.ts";
import { TestFile } from "../support/test_file.ts";
import { evaluate } from "./nix_instantiate.ts";

type KeyPair = ReturnType<typeof nkeys.createUser>;

/** `await using nats = await NatsWithUsers.start()` */
export class NatsWithUsers implements AsyncDisposable {
  /** What the service logs in with. */
  readonly service: KeyPair;
  /** What someone who sends commands logs in with. */
  readonly caller: KeyPair;
  /** What someone who may do everything logs in with. */
  readonly operator: KeyPair;
  /** The server. */
  readonly server: TestNatsServer;
  readonly #seed: TestFile;

  private constructor(
    keys: Record<"service" | "caller" | "operator", KeyPair>,
    server: TestNatsServer,
    seed: TestFile,
  ) {
    this.service = keys.service;
    this.caller = keys.caller;
    this.operator = keys.operator;
    this.server = server;
    this.#seed = seed;
  }

  /** Makes a key for each and starts the server. */
  static async start(): Promise<NatsWithUsers> {
    const keys = {
      service: nkeys.createUser(),
      caller: nkeys.createUser(),
      operator: nkeys.createUser(),
    };
    const users = await evaluate(`import ./deployment/nix/nats-users.nix {
      serviceKey = "${keys.service.getPublicKey()}";
      callerKeys = [ "${keys.caller.getPublicKey()}" ];
      operatorKeys = [ "${keys.operator.getPublicKey()}" ];
    }`);
    const config = `authorization { users: ${JSON.stringify(users)} }`;
    const server = await TestNatsServer.start({ config });
    const seed = await TestFile.create(new TextDecoder().decode(keys.service.getSeed()));
    return new NatsWithUsers(keys, server, seed);
  }

  /** Starts the service with its own key. */
  async startService(settings: Record<string, string> = {}): Promise<TestService> {
    return await TestService.start({
      NATS_URL: this.server.url,
      NATS_NKEY_SEED_FILE: this.#seed.path,
      ...settings,
    });
  }

  /** Connects as somebody, whose replies come below `_INBOX_<public key>`. */
  async connect(key: KeyPair): Promise<NatsConnection> {
    return await connect({
      servers: `127.0.0.1:${this.server.port}`,
      authenticator: nkeyAuthenticator(key.getSeed()),
      inboxPrefix: `_INBOX_${key.getPublicKey()}`,
    });
  }

  /** What the server refused, as it logs it. */
  async violations(): Promise<string[]> {
    const lines = (await this.server.log()).split("\n");
    return lines.flatMap((line) => line.match(/\w+ Violation - .*/) ?? []);
  }

  /** Stops the server. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]();
    await this.#seed[Symbol.asyncDispose]();
  }
}
