/**
 * Accounts and users in NATS's decentralised way: JWTs signed with nkeys, as nsc would make them.
 *
 * @module
 */
import { nkeys } from "@nats-io/transport-node";

type KeyPair = ReturnType<typeof nkeys.createUser>;

/** An operator with one account. */
export class TestOperator {
  readonly #operator = nkeys.createOperator();
  readonly #account = nkeys.createAccount();

  /** The configuration of a server that trusts this operator. JetStream would need more accounts. */
  get serverConfig(): string {
    const operator = jwt(this.#operator, this.#operator, { type: "operator" });
    const limits = {
      subs: -1,
      data: -1,
      payload: -1,
      imports: -1,
      exports: -1,
      conn: -1,
      leaf: -1,
    };
    const account = jwt(this.#operator, this.#account, { type: "account", limits });
    return `
      jetstream: false
      operator: "${operator}"
      resolver: MEMORY
      resolver_preload: { ${this.#account.getPublicKey()}: "${account}" }`;
  }

  /** The content of a new user's credentials file. */
  issueCredentials(): string {
    const user = nkeys.createUser();
    const claims = { type: "user", subs: -1, data: -1, payload: -1, pub: {}, sub: {} };
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
