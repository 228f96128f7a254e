/** What can be wrong with a history. */
export type ViolationKind =
  | "unreadable message"
  | "gap"
  | "duplicate version"
  | "wrong Previous-Sequence"
  | "wrong message id"
  | "wrong Command-Hash"
  | "wrong header"
  | "event of no command"
  | "stored twice"
  | "event that no decision explains"
  | "half a merge"
  | "lost acknowledgement"
  | "wrong acknowledgement"
  | "refused but stored"
  | "not the expected version"
  | "unexplained refusal"
  | "id answered differently"
  | "never answered"
  | "internal failure"
  | "malformed reply"
  | "wrong snapshot"
  | "changed by the restore"
  | "no outcome"
  | "several outcomes"
  | "changed outcome"
  | "outcome of another message"
  | "outcome that decides nothing"
  | "outcome of no command"
  | "dead letter of a good command"
  | "dead letter of no command"
  | "wrong dead letters"
  | "left in the inbox";

/** A promise that was not kept. */
export type Violation = {
  kind: ViolationKind;
  /** The person, or the command where no person is concerned. */
  subject: string;
  /** What was found, in a sentence. */
  what: string;
};
