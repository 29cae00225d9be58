import type { LabSettings } from './settings.ts';

/** What one step may take of a frame, ms. */
const WORK_MOST_MS = 6;
/** Ms for the reader that are one frame or a few; what is longer is a gap, in which the tab was hidden. */
const GAP_MS = 250;
/** A gap is made up for in so many steps at most: some ten seconds. */
const CATCH_UP_STEPS = 600;
/** The real speed is measured over so much of the reader's time, ms. */
const MEASURED_MS = 1_000;

/**
 * How the reader's time becomes the lab's: not at all while it is paused, else so many times as fast. What has passed and is not taken yet is owed, with its fraction. A step is no longer
 * than what the steps before it could do in `WORK_MOST_MS`: then the clock lags, not the page, and what is too much to be made up for is let go.
 */
export class Pace {
  readonly #most: number;
  #isRunning = true;
  #speed: number;
  #owed = 0;
  /** Ms of the lab's clock that are done in one of work; infinite before any work was measured. */
  #done = Number.POSITIVE_INFINITY;
  /** Since the real speed was measured last: what passed for the reader, and what was taken. */
  #passed = 0;
  #taken = 0;
  #real: number | null = null;

  constructor({ windowMs, graceMs, customers, speed }: LabSettings) {
    this.#speed = speed;
    // Some 2,000 records, or 10 windows; not less than a frame at full speed.
    this.#most = Math.max(20_000, Math.min(10 * windowMs, Math.round((1_000 * (windowMs + graceMs)) / customers)));
  }

  get isRunning(): boolean {
    return this.#isRunning;
  }

  get speed(): number {
    return this.#speed;
  }

  /** What is owed is let go either way. Gives whether that changes anything. */
  run(on: boolean): boolean {
    if (this.#isRunning === on) return false;
    this.#isRunning = on;
    this.#owed = 0;
    this.#measureAnew();
    return true;
  }

  /** From 1 to 1,000: the nearest where it is beyond; as it was where it is no number. */
  set speed(speed: number) {
    if (Number.isNaN(speed)) return;
    this.#speed = Math.min(1_000, Math.max(1, speed));
    this.#measureAnew();
  }

  /** How many times as fast the clock goes indeed, where that is less than it should; else `null`. */
  get real(): number | null {
    return this.#real;
  }

  /** So much has passed for the reader, ms. Gives whether there is anything to be taken. */
  pass(localMs: number): boolean {
    if (!this.#isRunning) return this.#owed >= 1;
    const ms = Math.max(0, localMs);
    const isGap = ms >= GAP_MS;
    const most = isGap ? CATCH_UP_STEPS * this.#mostNow : Math.max(this.#mostNow, GAP_MS * this.#speed);
    this.#owed = Math.max(this.#owed, Math.min(this.#owed + ms * this.#speed, most));
    if (!isGap) this.#measure(ms);
    return this.#owed >= 1;
  }

  /** Whole ms of the lab's clock to go on by; what is too much for one step stays owed. */
  take(): number {
    const ms = Math.min(Math.floor(this.#owed), this.#mostNow);
    this.#owed -= ms;
    this.#taken += ms;
    return ms;
  }

  /** A step of so many ms of the lab's clock has taken so many ms of work; 0 where nobody measures. */
  worked(labMs: number, workMs: number): void {
    if (workMs <= 0 || labMs <= 0) return;
    const done = labMs / workMs;
    this.#done = Number.isFinite(this.#done) ? 0.8 * this.#done + 0.2 * done : done;
  }

  get #mostNow(): number {
    return Math.max(1, Math.min(this.#most, Math.round(this.#done * WORK_MOST_MS)));
  }

  #measure(ms: number): void {
    this.#passed += ms;
    if (this.#passed < MEASURED_MS) return;
    const real = this.#taken / this.#passed;
    this.#real = real < 0.9 * this.#speed ? real : null;
    this.#passed = 0;
    this.#taken = 0;
  }

  #measureAnew(): void {
    this.#passed = 0;
    this.#taken = 0;
    this.#real = null;
  }
}
