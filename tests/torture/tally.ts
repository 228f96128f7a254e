import type { Answer } from "./check/replies.ts";

/** What has been sent and answered so far. */
export type Counts = {
  commands: number;
  acknowledged: number;
  refused: number;
  notStored: number;
  /** Tries without an answer, or with the answer that nobody knows. */
  unknown: number;
};

/** What callers were told, in figures. */
export class Tally {
  /** By every try so far. */
  readonly counts: Counts = {
    commands: 0,
    acknowledged: 0,
    refused: 0,
    notStored: 0,
    unknown: 0,
  };
  /** The highest version that was told of each person. */
  readonly versions = new Map<string, number>();

  /** Takes note of an answer. */
  count(answer: Answer): void {
    switch (answer.kind) {
      case "accepted": {
        const { aggregate_id: personId, version } = answer.accepted;
        this.counts.acknowledged++;
        this.versions.set(personId, Math.max(version, this.versions.get(personId) ?? 0));
        return;
      }
      case "not stored":
        this.counts.notStored++;
        return;
      case "unknown":
        this.counts.unknown++;
        return;
      case "refused":
      case "internal failure":
      case "malformed":
        this.counts.refused++;
    }
  }
}
