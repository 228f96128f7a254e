import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { jetstreamManager } from "@nats-io/jetstream";
import { CommandClient, createPerson, updateName } from "../support/command_client.ts";
import { personService } from "../support/command_line.ts";
import { TestNatsServer } from "../support/nats_server.ts";
import { isCompiled } from "../support/program.ts";
import { TestService } from "../support/service_process.ts";

const ADA = "019a5c30-0000-7000-8000-00000000ada0";
const CREATE_ADA = JSON.stringify(createPerson(ADA));
const START = isCompiled ? "person-service" : "deno task dev";
/** Where nobody will come: shorter than it would wait for somebody. */
const IN_VAIN = ["--timeout", "2s"];
const nobodyListens = (subject: string, address: string) =>
  `No person-service is listening on "${subject}" at ${address}; start one with "${START}"`;

Deno.test("send: an accepted command is status 0, a refused one status 1", async () => {
  await using server = await TestNatsServer.start();
  const settings = { NATS_URL: server.url };
  await using _service = await TestService.start(settings);

  assertEquals(await personService(["send", CREATE_ADA], settings), {
    status: 0,
    stdout: `accepted  person ${ADA} is now at version 1 (1 event stored, stream sequence 1)`,
    stderr: "",
  });
  const again = await personService(["send", CREATE_ADA], settings);
  assertEquals(again.status, 1);
  assertMatch(again.stdout, /^refused {3}AlreadyExists: [^\n]+$/);
});

Deno.test("send: each detail of a refusal gets a line", async () => {
  await using server = await TestNatsServer.start();
  const settings = { NATS_URL: server.url };
  await using _service = await TestService.start(settings);
  const command = JSON.stringify({ DeactivatePerson: { person_id: ADA, reason: 1, why: 1 } });
  const { status, stdout } = await personService(["send", command], settings);
  assertEquals(status, 1);
  const [first = "", ...details] = stdout.split("\n");
  assertMatch(first, /^refused {3}ValidationError: /);
  assertEquals(details.length, 2);
  for (const detail of details) assertMatch(detail, /^ {10}DeactivatePerson.*: /);
});

Deno.test("send: what is no JSON is sent as it is, from an argument, a file and standard input", async () => {
  await using server = await TestNatsServer.start();
  const settings = { NATS_URL: server.url };
  await using _service = await TestService.start(settings);
  const file = await Deno.makeTempFile();
  try {
    await Deno.writeFile(file, new Uint8Array([0xff, 0xfe]));
    for (const args of [["not JSON"], ["--file", file], ["-"]]) {
      const { status, stdout } = await personService(["send", ...args], settings, "nor this");
      assertEquals({ args, status }, { args, status: 1 });
      assertStringIncludes(stdout, "ParseError");
    }
    await Deno.writeTextFile(file, CREATE_ADA);
    const fromFile = await personService(["send", "--file", file], settings);
    assertStringIncludes(fromFile.stdout, "is now at version 1");
    const piped = JSON.stringify(updateName(ADA, "Augusta"));
    const fromStdin = await personService(["send", "-"], settings, piped);
    assertStringIncludes(fromStdin.stdout, "is now at version 2");
  } finally {
    await Deno.remove(file);
  }
});

Deno.test("send --json: prints the reply as it came", async () => {
  await using server = await TestNatsServer.start();
  const settings = { NATS_URL: server.url };
  await using _service = await TestService.start(settings);
  const accepted = await personService(["send", "--json", CREATE_ADA], settings);
  assertEquals(accepted.status, 0);
  assertEquals(JSON.parse(accepted.stdout), {
    aggregate_id: ADA,
    version: 1,
    events_generated: 1,
    stream_sequence: 1,
  });
  const refused = await personService(["send", "--json", CREATE_ADA], settings);
  assertEquals(refused.status, 1);
  assertEquals(JSON.parse(refused.stdout).error.code, "AlreadyExists");
});

Deno.test("send --id, --expected-version, --correlation-id: go into the command's headers", async () => {
  await using server = await TestNatsServer.start();
  const settings = { NATS_URL: server.url };
  await using _service = await TestService.start(settings);
  const create = ["send", CREATE_ADA, "--id", "order-1", "--correlation-id", "letter-7"];
  const first = await personService(create, settings);
  assertEquals(first.status, 0);
  assertEquals(await personService(create, settings), first);

  const rename = JSON.stringify(updateName(ADA, "Augusta"));
  const tooLate = await personService(["send", rename, "--expected-version", "7"], settings);
  assertEquals(tooLate.status, 1);
  assertStringIncludes(tooLate.stdout, "refused   ConcurrencyConflict: ");

  await using client = await CommandClient.connect(server.url);
  const { streams } = await jetstreamManager(client.nc);
  const stored = await streams.getMessage("PERSON_EVENTS", { seq: 1 });
  const { causation_id, correlation_id } = stored?.json<Record<string, unknown>>() ?? {};
  assertEquals({ causation_id, correlation_id }, {
    causation_id: "order-1",
    correlation_id: "letter-7",
  });
});

Deno.test("send --subject: chooses the end of the subject below the configured prefix", async () => {
  await using server = await TestNatsServer.start();
  const settings = { NATS_URL: server.url, SUBJECT_PREFIX: "people.test" };
  const args = ["send", "{}", "--subject", "a.b", ...IN_VAIN];
  const { status, stderr } = await personService(args, settings);
  assertEquals(status, 2);
  assertStringIncludes(stderr, '"people.test.commands.a.b"');
});

Deno.test("send: logs in as the settings say, and a refused login is told without its secret", async () => {
  const config = 'authorization { user: "bob", password: "hunter2" }';
  await using server = await TestNatsServer.start({ config });
  const address = `127.0.0.1:${server.port}`;
  const loggedIn = {
    status: 2,
    stdout: "",
    stderr: nobodyListens("person.commands.send", address),
  };
  const byUrl = { NATS_URL: `nats://bob:hunter2@${address}` };
  assertEquals(await personService(["send", "{}", ...IN_VAIN], byUrl), loggedIn);
  const byVariables = { NATS_URL: address, NATS_USER: "bob", NATS_PASSWORD: "hunter2" };
  assertEquals(await personService(["send", "{}", ...IN_VAIN], byVariables), loggedIn);

  const wrong = { NATS_URL: `nats://bob:hunter3@${address}` };
  const refused = await personService(["send", "{}"], wrong);
  assertEquals(refused.status, 2);
  assertStringIncludes(refused.stderr, `Cannot connect to NATS at ${address}: `);
  assert(!refused.stderr.includes("hunter3"));
});

Deno.test("send: status 2 when NATS is away, and when no service listens", async () => {
  await using server = await TestNatsServer.start();
  const address = `127.0.0.1:${server.port}`;
  const args = ["send", "{}", ...IN_VAIN];
  assertEquals(await personService(args, { NATS_URL: server.url }), {
    status: 2,
    stdout: "",
    stderr: nobodyListens("person.commands.send", address),
  });
  await server.stop();
  const away = await personService(args, { NATS_URL: server.url });
  assertEquals(away.status, 2);
  assertStringIncludes(away.stderr, `Cannot connect to NATS at ${address}: `);
});

Deno.test("send --timeout: no reply is status 2, and the answer tells how to ask again", async () => {
  await using server = await TestNatsServer.start();
  const settings = { NATS_URL: server.url };
  await using service = await TestService.start(settings);
  service.freeze();
  const args = ["send", CREATE_ADA, "--timeout", "300ms"];
  const { status, stderr } = await personService(args, settings);
  service.thaw();
  assertEquals(status, 2);
  const id = stderr.match(/^No reply within 0\.3 s, .* --id (\S+) will tell$/)?.[1] ?? "";
  const again = await personService(["send", CREATE_ADA, "--id", id], settings);
  assertStringIncludes(again.stdout, "is now at version 1 (1 event stored, stream sequence 1)");
});

Deno.test("send: while nobody listens it waits for a service that is being started", async () => {
  await using server = await TestNatsServer.start();
  const settings = { NATS_URL: server.url };
  const sending = personService(["send", CREATE_ADA, "--json"], settings);
  await using _service = await TestService.start(settings);
  const { status, stdout } = await sending;
  assertEquals([status, JSON.parse(stdout).version], [0, 1]);
});

Deno.test("send: a login that can't receive the reply sends nothing; one that may not publish is told so", async () => {
  const config = `authorization { users: [
    { user: "deaf", password: "x", permissions: { publish: ">", subscribe: "_INBOX_mine.>" } }
    { user: "mute", password: "x", permissions: { publish: "other", subscribe: ">" } }
    { user: "all", password: "x" }
  ] }`;
  await using server = await TestNatsServer.start({ config });
  const as = (user: string) => ({
    NATS_URL: server.url,
    NATS_USER: user,
    NATS_PASSWORD: "x",
  });
  await using _service = await TestService.start(as("all"));
  for (const durable of [[], ["--durable"]]) {
    const deaf = await personService(["send", CREATE_ADA, ...durable], as("deaf"));
    assertEquals([deaf.status, deaf.stderr], [
      2,
      'Nothing was sent: this login may not receive replies on "_INBOX.person-service.>"; name what it may with --inbox-prefix',
    ]);
    const mute = await personService(["send", CREATE_ADA, ...durable], as("mute"));
    assertEquals(mute.status, 2);
    assertMatch(mute.stderr, /^Nothing was sent to "person\.\w+\.send": .*Permissions Violation/);
  }
  const args = ["send", CREATE_ADA, "--inbox-prefix", "_INBOX_mine"];
  assertStringIncludes((await personService(args, as("deaf"))).stdout, "is now at version 1");
});

Deno.test("send: when the connection is lost before the reply, it says that the command may be stored", async () => {
  await using server = await TestNatsServer.start();
  const settings = { NATS_URL: server.url };
  await using client = await CommandClient.connect(server.url);
  const commands = client.nc.subscribe("person.commands.>");
  await client.nc.flush();
  const sending = personService(["send", CREATE_ADA, "--id", "order-1"], settings);
  for await (const _command of commands) break;
  await server.kill();
  const { status, stderr } = await sending;
  assertEquals(status, 2);
  assertMatch(
    stderr,
    /^No reply: .*, so the command may be stored or not; the same command with --id order-1 will tell$/,
  );
});
