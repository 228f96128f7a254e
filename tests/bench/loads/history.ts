/**
 * Histories to be loaded: bodies as the service stores them, made by hand so that a million take seconds.
 *
 * @module
 */
import { headers as makeHeaders } from "@nats-io/transport-node";
import { fold, type LoadedPerson, unknownPerson } from "../../../src/application/loaded_person.ts";
import { decodeEvent, EVENT_HEADERS } from "../../../src/nats/event_codec.ts";
import type { EventMessage } from "../../../src/nats/append_request.ts";
import { headerLine } from "../../../src/nats/header_lines.ts";

const AT = "2026-01-02T03:04:05.678Z";

/** A person whose events are being written one by one. */
export class WrittenPerson {
  readonly personId = crypto.randomUUID();
  /** How many are to be written. */
  readonly events: number;
  /** What the last events led to, the latest last: as far back as snapshots are wanted. */
  readonly states: LoadedPerson[] = [];
  readonly #prefix: string;
  readonly #kept: number;

  /** @param kept states */
  constructor(prefix: string, events: number, kept: number) {
    this.#prefix = prefix;
    this.events = events;
    this.#kept = kept;
  }

  /** The next event, to be stored at this sequence of the stream. */
  next(seq: number): EventMessage {
    const before = this.states.at(-1) ?? unknownPerson(this.personId);
    const version = before.version + 1;
    const commandId = crypto.randomUUID();
    const suffix = version === 1 ? "created" : "name_updated";
    const subject = `${this.#prefix}.events.${this.personId}.${suffix}`;
    const body = new TextEncoder().encode(JSON.stringify({
      aggregate_id: this.personId,
      sequence: version,
      event: eventOf(this.personId, version),
      timestamp: AT,
      correlation_id: commandId,
      causation_id: commandId,
      schema_version: 1,
    }));
    const headers = headersOf(before.head, commandId);
    const header = makeHeaders();
    for (const [name, value] of Object.entries(headers)) header.set(name, value);
    const stored = decodeEvent(this.personId, { subject, seq, header, data: body });
    this.states.push(fold(before, stored));
    if (this.states.length > this.#kept) this.states.shift();
    const lines = Object.entries(headers).map(([name, value]) => headerLine(name, value));
    return { subject, body, headers: lines.join("") };
  }
}

function eventOf(personId: string, version: number): unknown {
  const name = storedName(`Ada ${version}`);
  if (version === 1) {
    return { PersonCreated: { person_id: personId, name, source: "bench", created_at: AT } };
  }
  const old_name = storedName(`Ada ${version - 1}`);
  return {
    NameUpdated: { person_id: personId, old_name, new_name: name, reason: null, updated_at: AT },
  };
}

function storedName(givenName: string): unknown {
  const components = {
    given_names: [givenName],
    family_names: ["Lovelace"],
    patronymic: null,
    matronymic: null,
    prefixes: [],
    suffixes: [],
  };
  return { components, preferred_form: null, naming_convention: "Western" };
}

function headersOf(previous: number, commandId: string): Record<string, string> {
  return {
    [EVENT_HEADERS.previousSequence]: String(previous),
    [EVENT_HEADERS.commandHash]: "x".repeat(43),
    [EVENT_HEADERS.schemaVersion]: "1",
    [EVENT_HEADERS.correlationId]: commandId,
  };
}
