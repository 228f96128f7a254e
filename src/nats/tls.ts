/**
 * TLS towards NATS.
 *
 * @module
 */
import { isIP } from "node:net";
import { checkServerIdentity, type PeerCertificate } from "node:tls";
import type { NodeConnectionOptions } from "@nats-io/transport-node";
import type { Config } from "../config.ts";

/**
 * What makes the client insist on TLS; undefined where it isn't configured, and then the client
 * still uses TLS when the server demands it. The files are read again at each connect.
 */
export function tlsOptionsOf({ natsTls, natsUrls, tls }: Config): NodeConnectionOptions["tls"] {
  if (!natsTls) return undefined;
  const hosts = natsUrls.map((url) => url.slice(0, url.lastIndexOf(":")).replace(/^\[|\]$/g, ""));
  // The client hands everything on to node:tls, though its types don't name this one.
  const options = {
    ...tls,
    checkServerIdentity: (host: string, certificate: PeerCertificate) =>
      identify(host, hosts, certificate),
  };
  return options;
}

/** Why node:tls does not trust a server's certificate, where another authority would do. */
const UNKNOWN_AUTHORITY = new Set([
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
]);

/** What to do about a certificate that is not trusted; null for any other error. */
export function tlsAdvice(error: unknown, { tls: { caFile } }: Config): string | null {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (!UNKNOWN_AUTHORITY.has(code)) return null;
  return caFile === undefined
    ? "set NATS_TLS_CA to the certificate (PEM) of the authority that signed the server's"
    : `"${caFile}" (NATS_TLS_CA) is not of the authority that signed the server's`;
}

/**
 * For a server dialled by its address, node:tls is told no name and takes "localhost" for it, so a
 * certificate for the address is refused and one for localhost accepted. The configured addresses
 * are what the operator vouches for.
 */
function identify(
  host: string,
  configured: string[],
  certificate: PeerCertificate,
): Error | undefined {
  const addresses = configured.filter((each) => isIP(each) !== 0);
  const isStandIn = host === "localhost" && addresses.length > 0 && !configured.includes(host);
  if (!isStandIn) return checkServerIdentity(host, certificate);
  const refusals = addresses.map((address) => checkServerIdentity(address, certificate));
  return refusals.includes(undefined) ? undefined : refusals[0];
}
