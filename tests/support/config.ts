/**
 * Loads configurations whose files need not exist.
 *
 * @module
 */
import { assertThrows } from "@std/assert";
import { type Config, ConfigError, loadConfig } from "../../src/config.ts";

const UNREADABLE = new Map([["/missing", "no such file"], ["/secret", "may not be read"]]);

/** As on a machine where every file but `/missing` and `/secret` can be read. */
export function load(env: Record<string, string | undefined>): Config {
  const whyUnreadable = (path: string) => UNREADABLE.get(path);
  return loadConfig(env, { whyUnreadable, inTerminal: false, denoVersion: "2.9.0" });
}

/** What {@linkcode load} refuses in an environment. */
export function mistakesOf(env: Record<string, string | undefined>): readonly string[] {
  return assertThrows(() => load(env), ConfigError).mistakes;
}
