import type { Clock } from '../../ports.ts';

/**
 * Lets records go as far apart as their event times are, or `speed` times faster (Infinity: at once). One for all partitions of a log. A record
 * without an instant, or out of order, goes with the ones before it.
 */
export class Pacer {
  readonly #speed: number;
  readonly #clock: Clock;
  #began: { readonly eventTime: number; readonly clock: number } | undefined;

  constructor(speed: number, clock: Clock) {
    this.#speed = speed;
    this.#clock = clock;
  }

  /** The first event time, which goes now. Calls after the first one change nothing. */
  begin(eventTime: number | undefined): void {
    if (eventTime !== undefined) this.#began ??= { eventTime, clock: this.#clock.now() };
  }

  /** The instant of the clock at which a record goes; may be past. */
  due(eventTime: number | undefined): number {
    if (this.#began === undefined || eventTime === undefined || this.#speed === Number.POSITIVE_INFINITY) return Number.NEGATIVE_INFINITY;
    return this.#began.clock + (eventTime - this.#began.eventTime) / this.#speed;
  }
}
