import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { type Config, ConfigError, loadConfig } from "../../src/config.ts";
import { load, mistakesOf } from "../support/config.ts";

Deno.test("Login: given NATS URLs, when loaded, then addresses, TLS and login are told apart", () => {
  const read = (NATS_URL: string) => {
    const { natsUrls, natsTls, auth } = load({ NATS_URL });
    return { natsUrls, natsTls, auth };
  };
  const none = { kind: "none" } as const;
  assertEquals(read("db"), { natsUrls: ["db:4222"], natsTls: false, auth: none });
  assertEquals(read("tls://[::1]:1"), { natsUrls: ["[::1]:1"], natsTls: true, auth: none });
  assertEquals(read("nats://tls:4223/"), { natsUrls: ["tls:4223"], natsTls: false, auth: none });
  assertEquals(read("nats://me:a%40b@x,nats://me:a%40b@y:5"), {
    natsUrls: ["x:4222", "y:5"],
    natsTls: false,
    auth: { kind: "userPassword", user: "me", password: "a@b" },
  });
  assertEquals(read("tls://s3cret@x").auth, { kind: "token", token: "s3cret" });
});

Deno.test("Login: given a bad NATS URL, when loaded, then the answer names the right one", () => {
  const either = '; write "nats://host:4222" or "tls://host:4222"';
  const cases: [url: string, answer: string][] = [
    ["nats://tls:host", 'found "nats://tls:host"; write "tls://host"'],
    ["nats://tls://host:4222", 'found "nats://tls://host:4222"; write "tls://host:4222"'],
    ["http://host", `found "http://host"${either}`],
    ["nats://host:port", `found "nats://host:port"${either}`],
    ["nats://a,nats://host/x", `found "nats://host/x"${either}`],
    ["nats://", `found "nats://"${either}`],
    [",", 'found no URL; write "nats://host:4222"'],
    ["nats://a,tls://b", 'found "nats://" beside "tls://"; write the same for all servers'],
    [
      "nats://a,nats://u:p@b",
      "found URLs with different user info; write the same for all servers",
    ],
    ["nats://u:100%@h", 'found user info with a "%" that encodes nothing; write "%25" for it'],
  ];
  for (const [NATS_URL, answer] of cases) {
    assertEquals(mistakesOf({ NATS_URL }), [`NATS_URL: ${answer}`]);
  }
});

Deno.test("Login: given secrets beside mistakes, when refused, then no secret is shown", () => {
  // A comma in a password cuts the URL in two, and the first half has no "@" to tell what it is.
  for (const url of ["nats://me:hunter2,x@host:1:2", "ftp://hunter2@host", "me:hunter2@a b"]) {
    const shown = mistakesOf({ NATS_URL: url, NATS_PASSWORD: "hunter2", NATS_TOKEN: "hunter2" });
    assertEquals(shown.filter((mistake) => mistake.includes("hunter2")), []);
    assertEquals(shown.filter((mistake) => mistake.startsWith("NATS_URL: ")).length, 1);
  }
});

Deno.test("Login: given each way to log in, when loaded alone, then it is taken", () => {
  const cases: [env: Record<string, string>, auth: Config["auth"]][] = [
    [{ NATS_CREDS_FILE: "/a.creds" }, { kind: "creds", file: "/a.creds" }],
    [{ NATS_NKEY_SEED_FILE: "a.nk" }, { kind: "nkey", seedFile: "a.nk" }],
    [{ NATS_TOKEN: "t" }, { kind: "token", token: "t" }],
    [
      { NATS_USER: "u", NATS_PASSWORD: "p" },
      { kind: "userPassword", user: "u", password: "p" },
    ],
  ];
  for (const [env, auth] of cases) {
    assertEquals(load(env), { ...load({}), auth });
    const twice = mistakesOf({ ...env, NATS_URL: "nats://x:y@host" });
    assertStringIncludes(twice.join(), "several ways to log in");
    assertStringIncludes(twice.join(), "user info in NATS_URL");
  }
});

Deno.test("Login: given two ways to log in and another mistake, when loaded, then both are told", () => {
  const mistakes = mistakesOf({ NATS_URL: "nats://t@h", NATS_TOKEN: "t", LOG_FORMAT: "xml" });
  assertEquals(mistakes, [
    'LOG_FORMAT: found "xml"; write one of json, text',
    "NATS_*: found several ways to log in (NATS_TOKEN, user info in NATS_URL); keep one",
  ]);
});

Deno.test("Login: given a systemd credential's name, when loaded, then its file is used", () => {
  const env = { CREDENTIALS_DIRECTORY: "/run/credentials/x", NATS_CREDS_FILE: "nats" };
  assertEquals(load(env).auth, { kind: "creds", file: "/run/credentials/x/nats" });
  const path = { ...env, NATS_CREDS_FILE: "/etc/nats" };
  assertEquals(load(path).auth, { kind: "creds", file: "/etc/nats" });
  const other = { ...env, CREDENTIALS_DIRECTORY: "" };
  assertEquals(load(other).auth, { kind: "creds", file: "nats" });
});

Deno.test("Login: given a TLS file, when loaded, then TLS is demanded whatever the scheme", () => {
  const config = load({ NATS_TLS_CA: "/ca.pem" });
  assertEquals([config.natsTls, config.tls], [true, { caFile: "/ca.pem" }]);
  assertEquals(mistakesOf({ NATS_TLS_KEY: "/key.pem" }), [
    "NATS_TLS_CERT: found nothing, though NATS_TLS_KEY is set; set both or neither",
  ]);
});

Deno.test("Login: given a file that is a folder or is missing, when loaded, then that is said", () => {
  const env = { NATS_CREDS_FILE: "/tmp", NATS_TLS_CA: "./no-such-file" };
  const error = assertThrows(() => loadConfig(env), ConfigError);
  assertEquals(error.mistakes, [
    'NATS_CREDS_FILE: found "/tmp" (a folder); write the path of a readable file',
    'NATS_TLS_CA: found "./no-such-file" (no such file); write the path of a readable file',
  ]);
});
