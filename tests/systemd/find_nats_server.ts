/**
 * Prints the path of a nats-server that the service can be tried with.
 *
 * @module
 */
// deno-lint-ignore-file no-console -- a program for the shell
import { findNatsServer } from "../../deployment/dev/nats_server.ts";

console.log((await findNatsServer()).path);
