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
