/** Fewer than so many at once are never faster together. */
const FEWEST_TOGETHER = 4;

/** What a batch takes on an undisturbed disk, at least: appends that are faster alone go alone. */
const BATCH_MS = 2;

/** A rate is counted over so long, if something is stored in that time. */
const WINDOW_MS = 100;
const LULL_MS = 20 * WINDOW_MS;

/** Weight of the newest figure in a running average. */
const NEWEST = { latency: 0.1, rate: 0.3 };

/** After so much a trial has to be worth it; and after so long the next one may follow soon again. */
const TRIAL = { windows: 3, batches: 10 };
const PROVEN_WINDOWS = 20;

/** Between a trial that failed and the next one. */
const PAUSE_MS = { first: 2_000, longest: 30_000 };

/**
 * Whether appends share batches, by trial. A batch costs a few disk accesses, whatever its size: where the server syncs
 * every write it pays from a few appends at once, else from a few dozen, and on a busy disk perhaps never. So it is tried
 * as soon as appends sent alone take longer than a batch could, and kept up while more are stored that way.
 */
export class AppendPace {
  #together = false;
  #aloneMs = 0;
  #windowStartMs = 0;
  #windowEvents = 0;
  #windows = 0;
  #batches = 0;
  /** Events a millisecond. */
  #rate = 0;
  /** The rate before the trial. */
  #rateAlone = 0;
  #nextTrialMs = 0;
  #pauseMs = PAUSE_MS.first;

  /** Whether appends that wait are to share batches just now. */
  get together(): boolean {
    return this.#together;
  }

  /**
   * Takes note of an append that was stored alone.
   * @param inFlight how many were on their way when it was sent, itself included
   */
  storedAlone(nowMs: number, elapsedMs: number, inFlight: number): void {
    this.#count(nowMs, 1);
    if (this.#together) return;
    this.#aloneMs += NEWEST.latency * (elapsedMs - this.#aloneMs);
    const isWorthATrial = this.#windows > 0 && inFlight >= FEWEST_TOGETHER &&
      this.#aloneMs >= BATCH_MS &&
      nowMs >= this.#nextTrialMs;
    if (!isWorthATrial) return;
    this.#rateAlone = this.#rate;
    this.#switch(nowMs, true);
  }

  /** Takes note of a batch that was stored. */
  storedTogether(nowMs: number, events: number): void {
    if (!this.#together) return;
    this.#count(nowMs, events);
    if (++this.#batches < TRIAL.batches || this.#windows < TRIAL.windows) return;
    if (this.#rate < this.#rateAlone) this.pause(nowMs);
    else if (this.#windows > PROVEN_WINDOWS) this.#pauseMs = PAUSE_MS.first;
  }

  /** From now on each append travels alone, for a while at least. */
  pause(nowMs: number): void {
    this.#nextTrialMs = nowMs + this.#pauseMs;
    this.#pauseMs = Math.min(2 * this.#pauseMs, PAUSE_MS.longest);
    this.#switch(nowMs, false);
  }

  #switch(nowMs: number, together: boolean): void {
    this.#together = together;
    this.#aloneMs = 0;
    this.#windowStartMs = nowMs;
    this.#windowEvents = 0;
    this.#windows = 0;
    this.#batches = 0;
  }

  #count(nowMs: number, events: number): void {
    this.#windowEvents += events;
    const elapsedMs = nowMs - this.#windowStartMs;
    if (elapsedMs < WINDOW_MS) return;
    // After a lull the events that came in it say nothing of what could have been stored.
    if (elapsedMs < LULL_MS) {
      const rate = this.#windowEvents / elapsedMs;
      this.#rate = this.#windows === 0 ? rate : this.#rate + NEWEST.rate * (rate - this.#rate);
      this.#windows++;
    }
    this.#windowStartMs = nowMs;
    this.#windowEvents = 0;
  }
}
