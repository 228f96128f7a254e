/**
 * A nats-server whose accounts are those of `deployment/nix/nats-accounts.nix`.
 *
 * @module
 */
import { connect, type NatsConnection, nkeyAuthenticator, nkeys } from "@nats-io/transport-node";
import { TestNatsServer } from "../support/nats_server.ts";
import { TestService } from "../support/service_process.ts";
import { TestFile } from "../support/test_file.ts";
import { evaluate } from "./nix_instantiate.ts";

type KeyPair = ReturnType<typeof nkeys.createUser>;

/** `await using nats = await NatsWithAccounts.start()` */
export class NatsWithAccounts implements AsyncDisposable {
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

  /**
   * Makes a key for each and starts the server.
   * @param options.callers whether the caller's key is known to it
   */
  static async start({ callers = true } = {}): Promise<NatsWithAccounts> {
    const keys = {
      service: nkeys.createUser(),
      caller: nkeys.createUser(),
      operator: nkeys.createUser(),
    };
    const accounts = await evaluate(`import ./deployment/nix/nats-accounts.nix {
      serviceKey = "${keys.service.getPublicKey()}";
      callerKeys = [ ${callers ? `"${keys.caller.getPublicKey()}"` : ""} ];
      operatorKeys = [ "${keys.operator.getPublicKey()}" ];
    }`);
    const config = `accounts: ${JSON.stringify(accounts)}`;
    const server = await TestNatsServer.start({ config });
    const seed = await TestFile.create(new TextDecoder().decode(keys.service.getSeed()));
    return new NatsWithAccounts(keys, server, seed);
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
