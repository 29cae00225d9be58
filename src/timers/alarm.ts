import type { DurableObjectStorage } from '@cloudflare/workers-types';
import type { WakeTimer } from '../ports.ts';

/** The least time between two runs of an alarm of which the first settled nothing (D3). */
export const LEAST_PAUSE_MS = 1_000;

type AlarmStorage = Pick<DurableObjectStorage, 'getAlarm' | 'setAlarm' | 'deleteAlarm'>;

/**
 * The one alarm of a Durable Object, and its only owner. A change is written once: arming with the instant that is armed costs nothing (`setAlarm` is a billed row).
 * The write joins the transaction of the SQL around it (D2): they become durable together, in one turn without `await`.
 */
export class AlarmTimer implements WakeTimer {
  readonly #storage: AlarmStorage;
  #armed: number | undefined;
  #handler: () => void = () => undefined;

  constructor(storage: AlarmStorage) {
    this.#storage = storage;
  }

  /** Learns what is stored, once after waking. A stored instant that is past belongs to an alarm that was lost (the one that wakes an object is not stored any more): it is set again (D3). */
  async recall(now: number): Promise<void> {
    const stored = await this.#storage.getAlarm();
    if (stored !== null && stored <= now) this.arm(now);
    else this.#armed = stored ?? undefined;
  }

  arm(at: number | undefined): void {
    if (at === this.#armed) return;
    this.#armed = at;
    // The platform takes positive instants only; a past one rings at once.
    void (at === undefined ? this.#storage.deleteAlarm() : this.#storage.setAlarm(Math.max(1, at)));
  }

  onWake(handler: () => void): void {
    this.#handler = handler;
  }

  /** The platform has run the alarm: nothing is armed any more. */
  fired(): void {
    this.#armed = undefined;
    this.#handler();
  }

  get armedAt(): number | undefined {
    return this.#armed;
  }
}

/** The least of several instants, those that are undefined left out. */
export function least(...instants: readonly (number | undefined)[]): number | undefined {
  const given = instants.filter((at) => at !== undefined);
  return given.length === 0 ? undefined : Math.min(...given);
}
