/** A power of two. */
const LEAST_PLACES = 64;

/**
 * Values that come and go all the time, each under a number of its own. Not a `Map`: where keys come and go, each table
 * of one keeps the next alive, and all that passed through it, until the engine collects the whole heap.
 */
export class Numbered<T> {
  #numbers = new Array<number>(LEAST_PLACES).fill(0);
  #values = new Array<T | undefined>(LEAST_PLACES).fill(undefined);
  #last = 0;
  #size = 0;

  /** Keeps the value; gives its number, which is greater than all before. */
  add(value: T): number {
    if (2 * this.#size >= this.#values.length) this.#grow();
    let place: number;
    do place = this.#placeOf(++this.#last); while (this.#values[place] !== undefined);
    this.#numbers[place] = this.#last;
    this.#values[place] = value;
    this.#size++;
    return this.#last;
  }

  /** Gives the value and forgets it; undefined where there is none of this number. */
  take(number: number): T | undefined {
    const place = this.#placeOf(number);
    const value = this.#values[place];
    if (value === undefined || this.#numbers[place] !== number) return undefined;
    this.#values[place] = undefined;
    this.#size--;
    return value;
  }

  /** How many there are. */
  get size(): number {
    return this.#size;
  }

  /** Those that are there now, with their numbers. */
  entries(): [number: number, value: T][] {
    return this.#values.flatMap((value, place): [number, T][] =>
      value === undefined ? [] : [[this.#numbers[place] ?? 0, value]]
    );
  }

  #placeOf(number: number): number {
    return number & (this.#values.length - 1);
  }

  /** What is apart in fewer places is so in more. */
  #grow(): void {
    const before = this.entries();
    const places = 2 * this.#values.length;
    this.#numbers = new Array<number>(places).fill(0);
    this.#values = new Array<T | undefined>(places).fill(undefined);
    for (const [number, value] of before) {
      const place = this.#placeOf(number);
      this.#numbers[place] = number;
      this.#values[place] = value;
    }
  }
}
