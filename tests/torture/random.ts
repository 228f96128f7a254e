import { createHash } from "node:crypto";

/** Numbers that look like chance and are the same for the same seed, on every machine. */
export class Random {
  readonly #seed: string;
  #drawn = 0;

  /**
   * Begins with the first number.
   * @param seed names the sequence: another name gives another one
   */
  constructor(seed: string) {
    this.#seed = seed;
  }

  /** A sequence of its own, which does not depend on what was drawn here. */
  fork(name: string): Random {
    return new Random(`${this.#seed}/${name}`);
  }

  /** From 0 on, below 1. */
  next(): number {
    return this.#digest().readUInt32BE() / 2 ** 32;
  }

  /** A whole number from `least` to `most`, both included. */
  integer(least: number, most: number): number {
    return least + Math.floor(this.next() * (most - least + 1));
  }

  /** Whether something of this probability happens. */
  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** One of several. */
  pick<T>(choices: readonly T[]): T {
    return this.weighted(choices.map((choice) => [choice, 1]));
  }

  /** One of several, each as likely as its weight says. */
  weighted<T>(choices: readonly (readonly [T, number])[]): T {
    let left = this.next() * choices.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [choice, weight] of choices) {
      left -= weight;
      if (left < 0) return choice;
    }
    throw new RangeError("There is nothing to choose from");
  }

  /** A UUID. */
  uuid(): string {
    const hex = this.#digest().toString("hex");
    return [[0, 8], [8, 12], [12, 16], [16, 20], [20, 32]]
      .map(([from, to]) => hex.slice(from, to)).join("-");
  }

  #digest() {
    return createHash("sha256").update(`${this.#seed}#${this.#drawn++}`).digest();
  }
}
