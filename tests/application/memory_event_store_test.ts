import { testEventStore } from "../contract/event_store_contract.ts";
import { MemoryEventStore } from "../support/memory_event_store.ts";

testEventStore("MemoryEventStore", () =>
  Promise.resolve({
    store: new MemoryEventStore(),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }));
