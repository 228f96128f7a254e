import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import project from "../../deno.json" with { type: "json" };
import { personService } from "../support/command_line.ts";
import { TestFile } from "../support/test_file.ts";

Deno.test("--help: names every command, and each has help of its own with examples", async () => {
  const overview = await personService(["--help"]);
  assertEquals(overview.status, 0);
  for (
    const command of ["serve", "config", "setup", "send", "doctor", "backup", "restore", "dlq"]
  ) {
    assertStringIncludes(overview.stdout, `\n  ${command} `);
    const help = await personService([command, "--help"]);
    assertEquals(help.status, 0);
    assertStringIncludes(help.stdout, `Usage: person-service `);
    assertStringIncludes(help.stdout, "\nExamples:\n");
    assertStringIncludes(help.stdout, "\nExit status: ");
  }
});

Deno.test("dlq --help: names every action, and each has help of its own, with examples of it alone", async () => {
  const overview = await personService(["dlq", "--help"]);
  for (const action of ["list", "show", "retry", "drop"]) {
    assertStringIncludes(overview.stdout, `person-service dlq ${action} `);
    const help = await personService(["dlq", action, "--help"]);
    assertEquals(help.status, 0);
    assertStringIncludes(help.stdout, `\nUsage: person-service dlq ${action} `);
    const examples = help.stdout.split("\nExamples:\n")[1]?.split("\n\n")[0] ?? "";
    const ofOthers = examples.split("\n").filter((line) => !`${line} `.includes(`dlq ${action} `));
    assertEquals(ofOthers, []);
    assertStringIncludes(help.stdout, "\nExit status: ");
    assertEquals(await personService(["help", "dlq", action]), help);
  }
});

Deno.test("help: is --help, also of a command", async () => {
  assertEquals(await personService(["help"]), await personService(["--help"]));
  assertEquals(await personService(["help", "send"]), await personService(["send", "--help"]));
  assertEquals((await personService(["help", "sned"])).status, 2);
});

Deno.test("--version: prints the version of deno.json, the commit, Deno's version and how V8 runs", async () => {
  const { status, stdout, stderr } = await personService(["--version"]);
  assertEquals({ status, stderr }, { status: 0, stderr: "" });
  assertMatch(
    stdout,
    /^person-service \S+ \((from source|commit \S+), Deno [\d.]+, (JIT|jitless)\)$/,
  );
  assertStringIncludes(stdout, `person-service ${project.version} (`);
});

const BAD_USAGE: [args: string[], answer: string][] = [
  [["sned"], 'Unknown command "sned": did you mean "send"?'],
  [["frobnicate"], 'Unknown command "frobnicate"; see --help'],
  [["config", "--josn"], 'Unknown option "--josn": did you mean "--json"?'],
  [["--verbose"], 'Unknown option "--verbose"; see --help'],
  [["config", "--json=yes"], 'Option "--json" takes no value'],
  [["config", "--env-file"], 'Option "--env-file" needs a value'],
  [
    ["send", "--file", "--json"],
    'Option "--file" needs a value; one that begins with "-" is written "--file=--json"',
  ],
  [["config", "all"], 'Unexpected argument "all"'],
  [["config", "--env-file", "/nowhere"], 'Cannot read "/nowhere": no such file'],
  [["backup"], "Name the folder to make"],
  [["restore"], "Name the folder of the backup"],
  [["restore", "a", "b"], 'Unexpected argument "b"'],
  [
    ["restore", "a", "--replicas", "none"],
    'Option "--replicas": found "none"; write a whole number from 1 to 5',
  ],
  [["send"], 'No command given: write its JSON, "-", --file PATH or --example NAME'],
  [
    ["send", "{}", "--example", "CreatePerson"],
    'More than one command given: write its JSON, "-", --file PATH or --example NAME',
  ],
  [["send", "--file", "/nowhere"], 'Cannot read "/nowhere": no such file'],
  [["send", "--example", "Create"], 'Unknown example "Create"; see --list-examples'],
  ...["", ">", "a b"].map((subject): [string[], string] => [
    ["send", "{}", "--subject", subject],
    `Option "--subject": found "${subject}"; write names between dots, no "*", ">" or blanks`,
  ]),
  [
    ["send", "{}", "--id", "a\nb"],
    'Option "--id": found "a\\nb"; write no control characters',
  ],
  [["config", "--env-file", "/"], 'Cannot read "/": it is a folder'],
  [
    ["send", "--example", "MergePerson"],
    'Unknown example "MergePerson": did you mean "MergePersons"?',
  ],
  [
    ["send", "{}", "--timeout", "soon"],
    'Option "--timeout": found "soon"; write a duration from 1ms to 1h such as "500ms", "5s", "2m" or "30d"',
  ],
];

for (const [args, answer] of BAD_USAGE) {
  Deno.test(`person-service ${args.join(" ")}: is answered with one line and status 2`, async () => {
    assertEquals(await personService(args), { status: 2, stdout: "", stderr: answer });
  });
}

Deno.test("config: shows each setting's value and whether the environment set it", async () => {
  const { status, stdout } = await personService(["config"], { SNAPSHOT_FREQ: "7" });
  assertEquals(status, 0);
  const rows = stdout.split("\n").map((line) => line.split(/ {2,}/));
  assert(rows.some((row) => row.join() === "SNAPSHOT_FREQ,7,environment"));
  assert(rows.some((row) => row.join() === "STREAM_NAME,PERSON_EVENTS,default"));
  assert(rows.some((row) => row.join() === "NATS_TOKEN,(not set),default"));
});

Deno.test("config --json: gives the same to programs", async () => {
  const { stdout } = await personService(["config", "--json"], { LOG_FORMAT: "json" });
  const settings = JSON.parse(stdout);
  assertEquals(settings.LOG_FORMAT, { value: "json", source: "environment" });
  assertEquals(settings.COMMAND_TIMEOUT, { value: "10s", source: "default" });
  assertEquals(settings.NATS_CREDS_FILE, { value: null, source: "default" });
});

Deno.test("config: warns of variables that look like misspelt settings", async () => {
  const { status, stderr } = await personService(["config"], { NATS_PASS: "x" });
  assertEquals(status, 0);
  assertStringIncludes(stderr, "Warning: NATS_PASS is no setting");
});

Deno.test("config: names a login's file that holds something else", async () => {
  await using file = await TestFile.create("no credentials");
  for (const name of ["NATS_CREDS_FILE", "NATS_NKEY_SEED_FILE"]) {
    const { status, stdout, stderr } = await personService(["config"], { [name]: file.path });
    assertEquals({ status, stdout }, { status: 78, stdout: "" });
    assertStringIncludes(stderr, `${name}: found "${file.path}" without usable content; write `);
  }
});

Deno.test("config: never shows a secret, whichever way it is set and however it is printed", async () => {
  const secret = "hunter2";
  const logins = [
    { NATS_URL: `nats://bob:${secret}@localhost:4222` },
    { NATS_URL: `nats://${secret}@localhost:4222` },
    { NATS_USER: "bob", NATS_PASSWORD: secret },
    { NATS_TOKEN: secret },
    // Also among mistakes.
    { NATS_TOKEN: secret, NATS_USER: "bob", NATS_PASSWORD: secret, LOG_LEVEL: "loud" },
    { NATS_URL: `ftp://bob:${secret}@localhost:4222` },
  ];
  for (const login of logins) {
    for (const args of [["config"], ["config", "--json"]]) {
      const { stdout, stderr } = await personService(args, login);
      assert(stdout !== "" || stderr !== "");
      assert(!(stdout + stderr).includes(secret), `${args} with ${JSON.stringify(login)}`);
    }
  }
});

for (const command of ["config", "serve", "setup", "send", "doctor", "backup", "restore", "dlq"]) {
  Deno.test(`${command}: lists all wrong settings at once and ends with status 78`, async () => {
    const wrong = { SNAPSHOT_FREQ: "often", LOG_LEVEL: "loud", NATS_USER: "bob" };
    const takesArgument = ["send", "backup", "restore"].includes(command);
    const args = takesArgument ? [command, "{}"] : command === "dlq" ? ["dlq", "list"] : [command];
    const { status, stdout, stderr } = await personService(args, wrong);
    assertEquals({ status, stdout }, { status: 78, stdout: "" });
    for (const name of ["SNAPSHOT_FREQ", "LOG_LEVEL", "NATS_PASSWORD"]) {
      assertStringIncludes(stderr, `\n  ${name}: `);
    }
  });
}

Deno.test("--env-file: settings come from the file, and the real environment wins", async () => {
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(path, "STREAM_NAME=FROM_FILE\nSUBJECT_PREFIX='people.test'\n");
    const environment = { STREAM_NAME: "FROM_ENVIRONMENT" };
    const { stdout } = await personService(["--env-file", path, "config", "--json"], environment);
    const { STREAM_NAME, SUBJECT_PREFIX } = JSON.parse(stdout);
    assertEquals(STREAM_NAME.value, "FROM_ENVIRONMENT");
    assertEquals(SUBJECT_PREFIX.value, "people.test");
  } finally {
    await Deno.remove(path);
  }
});
