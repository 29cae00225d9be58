import type { LabSettings } from './settings.ts';

/** How the reader's time becomes the lab's: not at all while it is paused, else so many times as fast. What has passed and is not taken yet is owed, with its fraction. */
export class Pace {
  readonly #most: number;
  #isRunning = true;
  #speed: number;
  #owed = 0;

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
    return true;
  }

  /** From 1 to 1,000: the nearest where it is beyond; as it was where it is no number. */
  set speed(speed: number) {
    if (!Number.isNaN(speed)) this.#speed = Math.min(1_000, Math.max(1, speed));
  }

  /** So much has passed for the reader, ms. Gives whether there is anything to be taken. */
  pass(localMs: number): boolean {
    if (this.#isRunning) this.#owed += Math.max(0, localMs) * this.#speed;
    return this.#owed >= 1;
  }

  /** Whole ms of the lab's clock to go on by; what is too much for one step stays owed. */
  take(): number {
    const ms = Math.min(Math.floor(this.#owed), this.#most);
    this.#owed -= ms;
    return ms;
  }
}
