import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import {
  debianArchives,
  fetchNatsServer,
  NatsServerUnavailable,
} from "../../deployment/dev/fetch_nats_server.ts";
import { TestFile } from "../support/test_file.ts";

const isDebian = await Deno.stat("/usr/share/keyrings/debian-archive-keyring.gpg")
  .then(() => true, () => false);

Deno.test({
  name: "Fetch: given two fetches at once, when both are done, then one whole server is there",
  ignore: !isDebian,
  async fn() {
    const cache = `${await Deno.makeTempDir()}/`;
    const paths = await Promise.all([
      fetchNatsServer("bookworm", cache),
      fetchNatsServer("bookworm", cache),
    ]);
    assertEquals(paths, [`${cache}nats-server-bookworm`, `${cache}nats-server-bookworm`]);
    assertEquals([...Deno.readDirSync(cache)].map(({ name }) => name), ["nats-server-bookworm"]);
    const { stdout } = await new Deno.Command(paths[0], { args: ["--version"] }).output();
    assertMatch(new TextDecoder().decode(stdout), /^nats-server: v2\.9\.\d+\n$/);
    await Deno.remove(cache, { recursive: true });
  },
});

Deno.test({
  name:
    "Fetch: given a suite that doesn't exist, when fetched, then one line says so and nothing stays",
  ignore: !isDebian,
  async fn() {
    const cache = `${await Deno.makeTempDir()}/`;
    const fetching = () => fetchNatsServer("no-such-suite", cache);
    const { message } = await assertRejects(fetching, NatsServerUnavailable);
    assertEquals([message.includes("apt-get failed"), message.includes("\n")], [true, false]);
    assertEquals([...Deno.readDirSync(cache)], []);
    await Deno.remove(cache);
  },
});

Deno.test({
  name:
    "Fetch: given an apt without package lists, when asked for archives, then the sources name them",
  ignore: !isDebian,
  async fn() {
    const lists = await Deno.makeTempDir();
    await using config = await TestFile.create(`Dir::State::Lists "${lists}";\n`);
    // In a process of its own: the environment is that of all tests.
    const module = import.meta.resolve("../../deployment/dev/fetch_nats_server.ts");
    const asked = new Deno.Command(Deno.execPath(), {
      args: ["eval", `console.log(await (await import("${module}")).debianArchives())`],
      env: { APT_CONFIG: config.path, NO_COLOR: "1" },
    });
    const { stdout } = await asked.output();
    const usual = Deno.inspect(await debianArchives());
    assertEquals(new TextDecoder().decode(stdout).trimEnd(), usual);
    await Deno.remove(lists);
  },
});
