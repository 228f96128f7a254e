import { testEventStore } from "../contract/event_store_contract.ts";
import { openEventStore } from "../support/event_store_fixture.ts";
import { TestNatsServer } from "../support/nats_server.ts";

testEventStore("JetStreamEventStore", async () => {
  const server = await TestNatsServer.start();
  const opened = await openEventStore(server.url);
  return {
    store: opened.store,
    [Symbol.asyncDispose]: async () => {
      await opened[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
});
