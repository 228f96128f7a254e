/** Fewer than so many at once are never faster together. */
const FEWEST_TOGETHER = 4;

/** What a batch takes on an undisturbed disk, at least: appends that are faster alone go alone. */
const BATCH_MS = 2;

/** A rate is counted over so long, if something is stored in that time. */
const WINDOW_MS = 50;
const LULL_MS = 20 * WINDOW_MS;

/** Weight of the newest figure in a running average. */
const NEWEST = { latency: 0.1, size: 0.1, rate: 0.3 };

/** After so much a trial is over; and where it is clear that the other way is faster, after so few windows. */
const TRIAL = { windows: 4, batches: 10, fewestWindows: 2 };

/** By so much batches have to be faster: otherwise an append is answered sooner when it travels alone. */
const WORTHWHILE = 1.1;

/** A trial at less than so much of the rate before is not worth going on with. */
const HOPELESS = 0.7;

/** From the end of a trial to the next one, which grows while trials change nothing. */
const PAUSE_MS = { first: 2_000, longest: 30_000 };

/**
 * Whether appends share batches, by trial. A batch costs a few disk accesses, whatever its size: where the server syncs
 * every write it pays from a few appends at once, else from some hundreds, and on a busy disk perhaps never. So each of
 * the two ways is tried now and then while the other is in use, and the one that stores more is kept.
 */
export class AppendPace {
  #together = false;
  /** Whether the present way is on trial; and the rate of the other way before that. */
  #onTrial = false;
  #rateBefore = 0;
  #nextTrialMs = 0;
  #pauseMs = PAUSE_MS.first;
  #aloneMs = 0;
  #batchSize = FEWEST_TOGETHER;
  /** Since the present way was taken. */
  #windows = 0;
  #batches = 0;
  /** Events a millisecond. */
  #rate = 0;
  #windowStartMs = 0;
  #windowEvents = 0;

  /** Whether appends that wait are to share batches just now. */
  get together(): boolean {
    return this.#together;
  }

  /**
   * Takes note of an append that was stored alone.
   * @param inFlight how many were on their way when it was sent, itself included
   */
  storedAlone(nowMs: number, elapsedMs: number, inFlight: number): void {
    if (this.#together) return;
    this.#count(nowMs, 1);
    this.#aloneMs += NEWEST.latency * (elapsedMs - this.#aloneMs);
    if (this.#isHopeless) return this.#conclude(nowMs, false);
    if (this.#windows < TRIAL.windows) return;
    if (this.#onTrial) this.#conclude(nowMs, this.#rateBefore < WORTHWHILE * this.#rate);
    const mayBeFaster = inFlight >= FEWEST_TOGETHER && this.#aloneMs >= BATCH_MS;
    if (mayBeFaster && nowMs >= this.#nextTrialMs) this.#try(nowMs);
  }

  /** Takes note of a batch that was stored, or of one that was refused: of no events. */
  storedTogether(nowMs: number, events: number): void {
    if (!this.#together) return;
    this.#count(nowMs, events);
    this.#batchSize += NEWEST.size * (events - this.#batchSize);
    if (this.#isHopeless) return this.#conclude(nowMs, false);
    if (++this.#batches < TRIAL.batches || this.#windows < TRIAL.windows) return;
    if (this.#batchSize < FEWEST_TOGETHER) this.pause(nowMs);
    else if (this.#onTrial) this.#conclude(nowMs, this.#rate >= WORTHWHILE * this.#rateBefore);
    else if (nowMs >= this.#nextTrialMs) this.#try(nowMs);
  }

  /** From now on each append travels alone, for a while at least. */
  pause(nowMs: number): void {
    this.#waitForTrial(nowMs);
    this.#onTrial = false;
    this.#switch(nowMs, false);
  }

  get #isHopeless(): boolean {
    return this.#onTrial && this.#windows >= TRIAL.fewestWindows &&
      this.#rate < HOPELESS * this.#rateBefore;
  }

  /** Takes the other way, to see whether it is faster. */
  #try(nowMs: number): void {
    this.#rateBefore = this.#rate;
    this.#onTrial = true;
    this.#switch(nowMs, !this.#together);
  }

  #conclude(nowMs: number, isFaster: boolean): void {
    this.#onTrial = false;
    if (isFaster) this.#pauseMs = PAUSE_MS.first;
    else this.#switch(nowMs, !this.#together);
    this.#waitForTrial(nowMs);
  }

  #waitForTrial(nowMs: number): void {
    this.#nextTrialMs = nowMs + this.#pauseMs;
    this.#pauseMs = Math.min(2 * this.#pauseMs, PAUSE_MS.longest);
  }

  #switch(nowMs: number, together: boolean): void {
    this.#together = together;
    this.#aloneMs = 0;
    this.#batchSize = FEWEST_TOGETHER;
    this.#windows = 0;
    this.#batches = 0;
    this.#windowStartMs = nowMs;
    this.#windowEvents = 0;
  }

  #count(nowMs: number, events: number): void {
    this.#windowEvents += events;
    const elapsedMs = nowMs - this.#windowStartMs;
    if (elapsedMs < WINDOW_MS) return;
    // After a lull the events that came in it say nothing of what could have been stored.
    if (elapsedMs < LULL_MS) {
      const rate = this.#windowEvents / elapsedMs;
      // The first window holds what the other way had sent.
      this.#rate = this.#windows <= 1 ? rate : this.#rate + NEWEST.rate * (rate - this.#rate);
      this.#windows++;
    }
    this.#windowStartMs = nowMs;
    this.#windowEvents = 0;
  }
}
