import { assertEquals } from "@std/assert";
import { loadConfig } from "../../src/config.ts";
import { misspeltSettings, SETTINGS, shownValue } from "../../src/config_settings.ts";

Deno.test("Settings: given the declared defaults, when set outright, then nothing changes", () => {
  const fixed = SETTINGS.filter(({ name }) => name !== "LOG_FORMAT");
  const env = Object.fromEntries(fixed.map(({ name, default: value }) => [name, value]));
  assertEquals(loadConfig(env), { ...loadConfig({}), streamNameIsDefault: false });
});

Deno.test("Settings: given misspelt variables, when loaded, then each gets a warning", () => {
  const env = { NATS_URI: "x", SNAPSHOT_FREQUENCY: "1", STREAM: "x", HOME: "/root" };
  assertEquals(loadConfig(env).warnings, [
    "NATS_URI is no setting and is ignored; there is NATS_URL, NATS_CREDS_FILE, NATS_USER, " +
    "NATS_PASSWORD, NATS_TOKEN, NATS_NKEY_SEED_FILE, NATS_TLS_CA, NATS_TLS_CERT, NATS_TLS_KEY",
    "SNAPSHOT_FREQUENCY is no setting and is ignored; there is SNAPSHOT_FREQ",
  ]);
});

Deno.test("Settings: given what Kubernetes and developers set, when loaded, then nobody is warned", () => {
  const env = {
    NATS_SERVER: "/usr/sbin/nats-server",
    NATS_SERVICE_HOST: "10.0.0.1",
    NATS_SERVICE_PORT: "4222",
    NATS_SERVICE_PORT_CLIENT: "4222",
    NATS_PORT: "tcp://10.0.0.1:4222",
    NATS_PORT_4222_TCP_ADDR: "10.0.0.1",
  };
  assertEquals(misspeltSettings(env), []);
});

Deno.test("Settings: given secrets, when shown, then they are masked", () => {
  const shown = (name: string, value: string) =>
    SETTINGS.filter((setting) => setting.name === name).map((each) => shownValue(each, value));
  assertEquals(shown("NATS_PASSWORD", "hunter2"), ["***"]);
  assertEquals(shown("NATS_TOKEN", "hunter2"), ["***"]);
  assertEquals(shown("NATS_TOKEN", ""), [""]);
  assertEquals(shown("NATS_USER", "me"), ["me"]);
  assertEquals(shown("NATS_URL", "tls://me:hun,ter2@a:1,tls://me:p@b"), ["tls://***@b"]);
  assertEquals(shown("NATS_URL", "nats://a,nats://b"), ["nats://a,nats://b"]);
});
