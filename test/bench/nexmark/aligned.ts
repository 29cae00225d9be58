import { BOUND_MS } from './events.ts';

/** By hand: a state for each window `[start, start + size)` that is open, told and dropped when the watermark has passed its end by the bound. */
export class Aligned<State> {
  readonly #states = new Map<number, State>();
  readonly #sizeMs: number;
  readonly #graceMs: number;
  readonly #create: () => State;
  readonly #closed: (start: number, state: State) => void;
  #watermark = Number.NEGATIVE_INFINITY;
  /** When the first of them closes. */
  #next = Number.POSITIVE_INFINITY;

  constructor(sizeMs: number, create: () => State, closed: (start: number, state: State) => void, graceMs = BOUND_MS) {
    this.#sizeMs = sizeMs;
    this.#graceMs = graceMs;
    this.#create = create;
    this.#closed = closed;
  }

  advance(watermark: number): void {
    if (watermark <= this.#watermark) return;
    this.#watermark = watermark;
    if (watermark < this.#next) return;
    const due = [...this.#states].filter(([start]) => this.#closesAt(start) <= watermark).sort(([a], [b]) => a - b);
    for (const [start, state] of due) {
      this.#states.delete(start);
      this.#closed(start, state);
    }
    this.#next = Math.min(Number.POSITIVE_INFINITY, ...[...this.#states.keys()].map((start) => this.#closesAt(start)));
  }

  /** The state of the window that starts there; `undefined` where it has closed. */
  at(start: number): State | undefined {
    const found = this.#states.get(start);
    const closesAt = this.#closesAt(start);
    if (found !== undefined || closesAt <= this.#watermark) return found;
    const state = this.#create();
    this.#states.set(start, state);
    this.#next = Math.min(this.#next, closesAt);
    return state;
  }

  #closesAt(start: number): number {
    return start + this.#sizeMs + this.#graceMs;
  }
}
