/**
 * `person-service config`: what the service would run with.
 *
 * @module
 */
// deno-lint-ignore-file no-console -- the command line prints
import { type Config, loadConfig } from "../config.ts";
import { authenticatorOf } from "../nats/login.ts";
import { type Setting, SETTINGS, shownValue } from "../config_settings.ts";

type Row = { name: string; value: string | null; source: "default" | "environment" };

/**
 * Prints every setting with its effective value, secrets masked, and warns of variables that look
 * like misspelt ones.
 *
 * @throws {ConfigError} with every mistake, among them a login's file that does not hold what it should
 */
export async function printConfig(
  env: Record<string, string | undefined>,
  { json }: { json: boolean },
): Promise<void> {
  const config = loadConfig(env);
  await authenticatorOf(config.auth);
  const rows = SETTINGS.map((setting) => rowOf(setting, env[setting.name] ?? "", config));
  console.log(json ? asJson(rows) : asTable(rows));
  for (const warning of config.warnings) console.error(`Warning: ${warning}`);
}

function rowOf(setting: Setting, written: string, config: Config): Row {
  const { name } = setting;
  if (written !== "") return { name, value: shownValue(setting, written), source: "environment" };
  return { name, value: defaultOf(setting, config) || null, source: "default" };
}

/** The declared default, or what became of one that depends on the environment. */
function defaultOf(setting: Setting, config: Config): string {
  return setting.name === "LOG_FORMAT" ? config.logFormat : setting.default;
}

function asJson(rows: Row[]): string {
  const settings = rows.map(({ name, value, source }) => [name, { value, source }]);
  return JSON.stringify(Object.fromEntries(settings), null, 2);
}

function asTable(rows: Row[]): string {
  const nameWidth = Math.max(...rows.map(({ name }) => name.length));
  const shown = (value: string | null) => value ?? "(not set)";
  const valueWidth = Math.max(...rows.map(({ value }) => shown(value).length));
  return rows
    .map(({ name, value, source }) =>
      `${name.padEnd(nameWidth)}  ${shown(value).padEnd(valueWidth)}  ${source}`
    )
    .join("\n");
}
