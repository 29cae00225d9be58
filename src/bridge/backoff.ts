const FIRST_MS = 250;
const LONGEST_MS = 10_000;

/** Waits that double from 0.25 s to 10 s, each shortened at random by up to half so that many bridges do not come back at once. */
export class Backoff {
  readonly #random: () => number;
  #tries = 0;

  /** `random` gives numbers in [0, 1). */
  constructor(random: () => number) {
    this.#random = random;
  }

  /** Ms to wait before the next try: in [125, 250], [250, 500], ... [5000, 10000]. */
  next(): number {
    const longest = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(this.#tries++, 16));
    return Math.round(longest * (1 - this.#random() / 2));
  }

  /** After progress the waits start small again. */
  reset(): void {
    this.#tries = 0;
  }
}
