/** The deployment guide's commands, run as they stand there. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { blocksOf } from "../support/documents.ts";
import { GuideHost } from "../support/guide_host.ts";

Deno.test("the guide's quick start by hand: two commands are accepted, and everything stops", async () => {
  await using host = await GuideHost.start();
  const checksum = await host.run(
    "cp bin/person-service . && sha256sum person-service | tee person-service.sha256",
  );
  const printed = await host.runBlocks("by-hand");
  assertEquals(checksum.length > 64, true);
  assertMatch(printed, /^person-service: OK\nperson-service \S+ \(/);
  assertMatch(printed, /at version 1 .*\n.*at version 2 /);
});

Deno.test("the guide's way to look at the settings: the file's are shown", async () => {
  await using host = await GuideHost.start();
  await host.run("mkdir -p /etc/cim-person && echo SNAPSHOT_FREQ=7 > /etc/cim-person/environment");
  assertMatch(await host.runBlocks("configuration"), /SNAPSHOT_FREQ +7 +environment/);
});

Deno.test("the guide's environments side by side: each gets the person at version 1", async () => {
  await using host = await GuideHost.start();
  await host.startNats(1, ["--jetstream", "--store_dir", "nats"]);
  for (const name of ["production", "staging", "development"]) await host.write(`${name}.env`);
  const printed = await host.runBlocks("environments");
  assertEquals(printed.match(/at version 1 \(1 event stored, stream sequence 1\)/g)?.length, 3);
});

Deno.test("the guide's backup and restore: they print what it says, and every event is back", async () => {
  await using host = await GuideHost.start();
  await host.startNats(1, ["--jetstream", "--store_dir", "nats"]);
  await host.run(`
    person-service serve & pid=$!
    for example in CreatePerson UpdateName SetBirthDate; do
      person-service send --example $example
    done
    kill $pid`);
  const likeGuide = (text: string) => text.replace(/\w{64}/g, "HASH").replace(/"\/.*\//g, '"');
  const printedInGuide = (part: string) =>
    blocksOf("deployment/README.md").find(({ text }) => text.includes(part))?.text ?? "";
  const backup = likeGuide(await host.runBlocks("backup")).trimEnd();
  assertStringIncludes(backup, likeGuide(printedInGuide("  archive  ")));
  await using elsewhere = await GuideHost.start();
  await elsewhere.startNats(1, ["--jetstream", "--store_dir", "nats"]);
  await elsewhere.run(`mkdir backups && cp -r ${host.folder}/backups/monday backups`);
  const restored = (await elsewhere.runBlocks("restore")).trimEnd();
  assertStringIncludes(restored, printedInGuide("restored, and as it was backed up"));
});
