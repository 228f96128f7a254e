import { decide } from "../../../src/domain/decide.ts";
import {
  EventEnvelope,
  eventSuffix,
  occurredAt,
  type PersonEvent,
  personOf,
} from "../../../src/domain/events.ts";
import { evolve } from "../../../src/domain/person.ts";
import type { Message } from "../history.ts";
import { canonicalJson, sha256 } from "./canonical_json.ts";
import type { SentCommand, SentCommands } from "./commands.ts";
import { PersonHistory } from "./person_history.ts";
import type { Violation, ViolationKind } from "./violation.ts";

const SUBJECT = /^person\.events\.([\da-f-]{36})\.(\w+)$/;

/** A message that is an event, as far as it can be told from itself. */
type Stored = { message: Message; envelope: EventEnvelope };

/** The stream read from its begin: every person's events, and what is wrong with them. */
export class Replay {
  /** Everyone who has an event, and whoever was asked for. */
  readonly persons = new Map<string, PersonHistory>();
  /** What is wrong with the stream itself. */
  readonly violations: Violation[] = [];
  readonly #sent: SentCommands;
  /** The merge whose second event has to come next. */
  #halfMerge: { stored: Stored; absorbed: PersonEvent | undefined } | null = null;

  /** Reads all messages. */
  constructor(messages: Message[], sent: SentCommands) {
    this.#sent = sent;
    for (const message of messages) {
      const stored = this.#parse(message);
      if (stored !== null) this.#read(stored);
    }
    this.#endMerge(null);
  }

  /** The person's history; empty where nothing is stored of it. */
  person(personId: string): PersonHistory {
    const known = this.persons.get(personId) ?? new PersonHistory();
    this.persons.set(personId, known);
    return known;
  }

  #parse(message: Message): Stored | null {
    const [, personId, suffix] = SUBJECT.exec(message.subject) ?? [];
    const { data: envelope } = EventEnvelope.safeParse(parseOrNull(message.body));
    const isEvent = envelope !== undefined && personId === envelope.aggregate_id &&
      personId === personOf(envelope.event) && suffix === eventSuffix(envelope.event.type) &&
      envelope.timestamp === occurredAt(envelope.event) && envelope.schema_version === 1;
    if (isEvent) return { message, envelope };
    this.#report("unreadable message", personId ?? "", `${message.subject} at ${message.seq}`);
    return null;
  }

  #read(stored: Stored): void {
    const { message: { seq, headers, body }, envelope } = stored;
    const personId = envelope.aggregate_id;
    const person = this.person(personId);
    this.#checkLink(stored, person);
    this.#checkHeaders(stored);
    const commandId = envelope.causation_id;
    const earlier = person.memoryOf(commandId, person.version);
    if (earlier !== undefined) {
      const what =
        `command "${commandId}" led to version ${earlier.envelope.sequence} and again to ${envelope.sequence}`;
      this.#report("stored twice", personId, what);
    }
    const commandHash = headers["Command-Hash"] ?? "";
    const sent = this.#findCommand(stored, commandHash);
    this.#endMerge(stored);
    if (sent !== undefined && !person.isBroken) this.#checkDecision(stored, sent, person);
    person.add({
      seq,
      envelope,
      commandHash,
      eventHash: sha256(body),
      state: evolve(person.stateAt(person.version), envelope.event),
      sent,
      possibleFromMs: sent?.firstSentMs ?? -Infinity,
      knownByMs: Infinity,
    });
  }

  /** Versions 1..n, each naming the sequence of the one before it; within a batch, `-1`: right before its own. */
  #checkLink({ message, envelope }: Stored, person: PersonHistory): void {
    const { aggregate_id: personId, sequence } = envelope;
    const at = `version ${sequence} at ${message.seq}`;
    if (sequence !== person.version + 1) {
      const kind = sequence > person.version + 1 ? "gap" : "duplicate version";
      this.#report(kind, personId, `${at} follows version ${person.version}`);
      person.isBroken = true;
    }
    const previous = person.versions.at(-1)?.seq ?? 0;
    const header = message.headers["Previous-Sequence"];
    // Of several in one batch that lie side by side, the further ones say only that.
    const named = header === "-1" ? message.seq - 1 : Number(header);
    if (named === previous) return;
    this.#report("wrong Previous-Sequence", personId, `${at} names ${header}, not ${previous}`);
  }

  #checkHeaders({ message: { seq, headers }, envelope }: Stored): void {
    const { aggregate_id: personId, causation_id: commandId } = envelope;
    const messageId = headers["Nats-Msg-Id"];
    if (messageId !== `${personId}/${commandId}`) {
      this.#report("wrong message id", personId, `"${messageId}" at ${seq}`);
    }
    const expected = { "Schema-Version": "1", "Correlation-Id": envelope.correlation_id };
    for (const [name, value] of Object.entries(expected)) {
      if (headers[name] === value) continue;
      this.#report("wrong header", personId, `${name}: ${headers[name]} at ${seq}`);
    }
  }

  #findCommand({ message, envelope }: Stored, hash: string): SentCommand | undefined {
    const { aggregate_id: personId, causation_id: commandId, sequence } = envelope;
    const sent = this.#sent.find(personId, commandId);
    const found = sent.find((each) => each.hash === hash);
    if (found !== undefined) return found;
    const what = `version ${sequence} at ${message.seq} is of command "${commandId}"`;
    if (sent.length === 0) this.#report("event of no command", personId, what);
    else this.#report("wrong Command-Hash", personId, `${what} with hash "${hash}"`);
    return undefined;
  }

  /** The event has to be what the command leads to on the state before it. */
  #checkDecision({ message, envelope }: Stored, sent: SentCommand, person: PersonHistory): void {
    // The second event of a merge was judged with the first one.
    if (envelope.event.type === "PersonAbsorbed" || sent.command === null) return;
    const [, targetId] = sent.personIds;
    const target = targetId === undefined ? undefined : this.person(targetId);
    const decision = decide(sent.command, person.stateAt(person.version), {
      now: envelope.timestamp,
      stateBytes: 0,
      ...(target === undefined ? {} : { target: target.stateAt(target.version) }),
    });
    const [expected, absorbed] = "accepted" in decision ? decision.accepted : [];
    if (envelope.event.type === "PersonMergedInto") {
      this.#halfMerge = { stored: { message, envelope }, absorbed };
    }
    if (isSame(expected, envelope.event)) return;
    const instead = "rejected" in decision ? decision.rejected.message : canonicalJson(expected);
    const what = `version ${envelope.sequence} at ${message.seq} is ${
      canonicalJson(envelope.event)
    }, but the state before it leads to: ${instead}`;
    this.#report("event that no decision explains", envelope.aggregate_id, what);
  }

  /** @param next what comes right after the first event of a merge; null: nothing */
  #endMerge(next: Stored | null): void {
    const half = this.#halfMerge;
    this.#halfMerge = null;
    const isSecond = next?.envelope.event.type === "PersonAbsorbed";
    if (half === null && !isSecond) return;
    const isWhole = half !== null && isSecond && isSame(half.absorbed, next.envelope.event) &&
      next.envelope.causation_id === half.stored.envelope.causation_id &&
      next.message.seq === half.stored.message.seq + 1;
    const { envelope, message } = half?.stored ?? next ?? {};
    if (isWhole || envelope === undefined || message === undefined) return;
    this.#report("half a merge", envelope.aggregate_id, `${envelope.event.type} at ${message.seq}`);
  }

  #report(kind: ViolationKind, subject: string, what: string): void {
    this.violations.push({ kind, subject, what });
  }
}

function isSame(a: PersonEvent | undefined, b: PersonEvent): boolean {
  return a !== undefined && canonicalJson(a) === canonicalJson(b);
}

function parseOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
