/**
 * Certificates for tests, made by openssl.
 *
 * @module
 */

/** Files of a certificate and its key. */
export interface Certificate {
  /** PEM. */
  certFile: string;
  /** PEM. */
  keyFile: string;
}

/** An authority of its own; `await using authority = await TestAuthority.create()`. */
export class TestAuthority implements AsyncDisposable {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Makes the authority's key and certificate. */
  static async create(): Promise<TestAuthority> {
    const folder = await Deno.makeTempDir({ prefix: "authority-" });
    await openssl(folder, [
      ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"],
      ...["-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=Test authority", "-days", "2"],
    ]);
    return new TestAuthority(folder);
  }

  /** The authority's own certificate. */
  get caFile(): string {
    return `${this.#folder}/ca.pem`;
  }

  /** A certificate for `name`, valid for hosts such as `DNS:localhost` or `IP:127.0.0.1`. */
  async issue(name: string, hosts: string[]): Promise<Certificate> {
    const folder = this.#folder;
    await Deno.writeTextFile(`${folder}/${name}.ext`, `subjectAltName=${hosts.join(",")}\n`);
    await openssl(folder, [
      ...["req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"],
      ...["-keyout", `${name}.key`, "-out", `${name}.csr`, "-subj", `/CN=${name}`],
    ]);
    await openssl(folder, [
      ...["x509", "-req", "-in", `${name}.csr`, "-CA", "ca.pem", "-CAkey", "ca.key"],
      ...["-CAcreateserial", "-days", "2", "-extfile", `${name}.ext`, "-out", `${name}.pem`],
    ]);
    return { certFile: `${folder}/${name}.pem`, keyFile: `${folder}/${name}.key` };
  }

  /** Removes all files. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.#folder, { recursive: true });
  }
}

async function openssl(cwd: string, args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command("openssl", { args, cwd }).output();
  if (!success) throw new Error(`openssl ${args[0]} failed: ${new TextDecoder().decode(stderr)}`);
}
