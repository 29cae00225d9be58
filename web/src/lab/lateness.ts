import type { Lateness } from './state.ts';

/** The last closings that percentiles are taken of. */
const KEPT = 1_024;

/** How long after `closesAt` windows have closed. */
export class ClosingLateness {
  readonly #last = new Float64Array(KEPT);
  #count = 0;
  #shown: Lateness | undefined = { count: 0, p50: null, p99: null };

  add(lateMs: number): void {
    this.#last[this.#count % KEPT] = lateMs;
    this.#count++;
    this.#shown = undefined;
  }

  /** By nearest rank, of the last 1,024; `count` is of all. */
  get shown(): Lateness {
    if (this.#shown === undefined) {
      const sorted = this.#last.slice(0, Math.min(this.#count, KEPT)).sort();
      const rank = (share: number): number => sorted[Math.ceil(share * sorted.length) - 1] as number;
      this.#shown = { count: this.#count, p50: rank(0.5), p99: rank(0.99) };
    }
    return this.#shown;
  }
}
