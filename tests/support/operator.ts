/**
 * Accounts and users in NATS's decentralised way: JWTs signed with nkeys, as nsc would make them.
 *
 * @module
 */
import { nkeys } from "@nats-io/transport-node";

type KeyPair = ReturnType<typeof nkeys.createUser>;

const NO_LIMITS = { subs: -1, data: -1, payload: -1 };
const NO_ACCOUNT_LIMITS = { ...NO_LIMITS, imports: -1, exports: -1, conn: -1, leaf: -1 };
const ALL_OF_JETSTREAM = { mem_storage: -1, disk_storage: -1, streams: -1, consumer: -1 };

/** What a user may do; everything where nothing is said. */
export type UserPermissions = {
  pub?: { allow: string[] };
  sub?: { allow: string[] };
  /** Replies that it may send to each message that it got. */
  resp?: { max: number; ttl: number };
};

/** An operator with one account. */
export class TestOperator {
  readonly #operator = nkeys.createOperator();
  readonly #account = nkeys.createAccount();
  readonly #system = nkeys.createAccount();

  /** The configuration of a server that trusts this operator, without JetStream. */
  get serverConfig(): string {
    return `jetstream: false\n${this.resolverConfig}`;
  }

  /** That part of it which a configuration may include, with JetStream for the account. */
  get resolverConfig(): string {
    const system_account = this.#system.getPublicKey();
    const operator = jwt(this.#operator, this.#operator, { type: "operator", system_account });
    const system = this.#accountJwt(this.#system, NO_ACCOUNT_LIMITS);
    const limits = { ...NO_ACCOUNT_LIMITS, ...ALL_OF_JETSTREAM };
    return `
      operator: "${operator}"
      resolver: MEMORY
      resolver_preload: {
        ${system_account}: "${system}"
        ${this.#account.getPublicKey()}: "${this.#accountJwt(this.#account, limits)}"
      }`;
  }

  /** The content of a new user's credentials file. */
  issueCredentials(permissions: UserPermissions = {}): string {
    const user = nkeys.createUser();
    const claims = { type: "user", ...NO_LIMITS, pub: {}, sub: {}, ...permissions };
    return [
      "-----BEGIN NATS USER JWT-----",
      jwt(this.#account, user, claims),
      "------END NATS USER JWT------",
      "",
      "-----BEGIN USER NKEY SEED-----",
      new TextDecoder().decode(user.getSeed()),
      "------END USER NKEY SEED------",
      "",
    ].join("\n");
  }

  #accountJwt(account: KeyPair, limits: Record<string, number>): string {
    return jwt(this.#operator, account, { type: "account", limits });
  }
}

/** See ADR-14 of NATS: a JWT whose signature is made with an nkey. */
function jwt(issuer: KeyPair, subject: KeyPair, nats: Record<string, unknown>): string {
  const claims = {
    jti: crypto.randomUUID(),
    iat: Math.floor(Date.now() / 1000),
    iss: issuer.getPublicKey(),
    sub: subject.getPublicKey(),
    name: "test",
    nats: { ...nats, version: 2 },
  };
  const signed = `${base64({ typ: "JWT", alg: "ed25519-nkey" })}.${base64(claims)}`;
  return `${signed}.${issuer.sign(new TextEncoder().encode(signed)).toBase64(URL_ALPHABET)}`;
}

const URL_ALPHABET = { alphabet: "base64url", omitPadding: true } as const;

function base64(value: unknown): string {
  return new TextEncoder().encode(JSON.stringify(value)).toBase64(URL_ALPHABET);
}
