import { assertEquals } from "@std/assert";
import { fetchNatsServer } from "../../deployment/dev/fetch_nats_server.ts";
import { TestNatsServer } from "../support/nats_server.ts";
import { TestService } from "../support/service_process.ts";

const isDebian = await Deno.stat("/usr/share/keyrings/debian-archive-keyring.gpg")
  .then(() => true, () => false);

Deno.test({
  name:
    "on Debian 12's nats-server the service refuses to serve, naming its version and the one needed",
  ignore: !isDebian,
  async fn() {
    await using nats = await TestNatsServer.start({ binary: await fetchNatsServer("bookworm") });
    await using service = await TestService.start({ NATS_URL: nats.url }, {
      waitUntilServing: false,
    });
    assertEquals((await service.status).code, 78);
    await service.logged(/nats-server 2\.9\.\d+ is too old.*2\.12 or newer/);
  },
});
