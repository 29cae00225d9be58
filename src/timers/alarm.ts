import type { DurableObjectStorage } from '@cloudflare/workers-types';
import type { WakeTimer } from '../ports.ts';

/** The least time between two runs of an alarm of which the first settled nothing (D3). */
export const LEAST_PAUSE_MS = 1_000;

/** The platform takes positive instants up to the year 2189 (measured, workerd 1.20261102.1); a past one rings at once, and one that rings too soon is set again. */
const LAST_ALARM = Date.UTC(2189, 0, 1);

type AlarmStorage = Pick<DurableObjectStorage, 'getAlarm' | 'setAlarm' | 'deleteAlarm'>;

/**
 * The one alarm of a Durable Object, and its only owner. A change is written once: arming with the instant that is armed costs nothing (`setAlarm` is a billed row).
 * The write joins the transaction of the SQL around it (D2): they become durable together, in one turn without `await`.
 */
export class AlarmTimer implements WakeTimer {
  readonly #storage: AlarmStorage;
  #armed: number | undefined;
  /** The instant that is stored is past: that alarm is about to ring, or was lost. */
  #isPast = false;
  #handler: () => void = () => undefined;

  constructor(storage: AlarmStorage) {
    this.#storage = storage;
  }

  /** Learns what is stored, once after waking. */
  async recall(now: number): Promise<void> {
    const stored = await this.#storage.getAlarm();
    this.#isPast = stored !== null && stored <= now;
    this.#armed = this.#isPast ? undefined : (stored ?? undefined);
  }

  /** Something else than the alarm has woken the object: one that is past was lost, and is set again (D3). An object that is woken by its alarm still finds it stored (measured, workerd 1.20261102.1). */
  recover(now: number): void {
    if (this.#isPast) this.arm(now);
  }

  arm(at: number | undefined): void {
    if (at === this.#armed && !this.#isPast) return;
    this.#isPast = false;
    this.#armed = at;
    void (at === undefined ? this.#storage.deleteAlarm() : this.#storage.setAlarm(Math.min(Math.max(1, at), LAST_ALARM)));
  }

  onWake(handler: () => void): void {
    this.#handler = handler;
  }

  /** The platform has run the alarm: nothing is armed any more. */
  fired(): void {
    this.#isPast = false;
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
