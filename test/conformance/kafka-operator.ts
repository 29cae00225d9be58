import type { Aggregation } from './kafka-aggregation.ts';
import type { Aggregate } from './kafka-store.ts';

/** What a windowed aggregation passes on: the window's new value, `null` where it was deleted. */
export interface Change {
  readonly key: string;
  readonly start: number;
  readonly end: number;
  readonly value: Aggregate | null;
  readonly timestamp: number;
}

export type Forward = (change: Change) => void;

export interface Operator {
  process(key: string | null, value: string | null, timestamp: number): void;
}

/** Moves with `{ wall }` inputs alone. */
export interface WallClock {
  now: number;
}

export interface Setting {
  readonly aggregation: Aggregation;
  /** Whether every change is passed on, or what has closed. */
  readonly emit: 'update' | 'close';
  readonly forward: Forward;
  readonly final: FinalEmission;
}

/** Kafka's schedule of emission on close: not before the wall clock allows it again, and only where the close time has moved on. */
export class FinalEmission {
  readonly #clock: WallClock;
  readonly #intervalMs: number;
  #nextAt = 0;
  /** Close time of the last emission; -1 before the first. */
  last = -1;

  constructor(clock: WallClock, intervalMs: number) {
    this.#clock = clock;
    this.#intervalMs = intervalMs;
  }

  /** Asking takes up the interval, also where the answer is no. */
  isDue(closeTime: number): boolean {
    if (this.#clock.now < this.#nextAt) return false;
    this.#nextAt = this.#clock.now + this.#intervalMs;
    return this.last === -1 || this.last < closeTime;
  }
}
