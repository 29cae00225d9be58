import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { told } from '../support/behaviour.ts';
import { paid, requested } from '../support/events.ts';
import type { KafkaSystem } from './kafka-system.ts';

const WINDOW_MS = 6_000;
const GRACE_MS = 500;
/** Of the systems that are visited. */
export const SETTINGS = { ORIEL_WINDOW: `${WINDOW_MS}ms`, ORIEL_GRACE: `${GRACE_MS}ms` };
/** How much longer than window and grace an outage lasts. */
export const LONGER_MS = 1_000;
/** How long what was away may take to be back. */
export const BACK_MS = 60_000;

/** Two customers who ask for a table at one instant: one pays, while something is away; the other does not. */
export class Visit {
  readonly #system: KafkaSystem;
  readonly #at = Date.now();
  readonly payer: string;
  readonly idler: string;

  constructor(system: KafkaSystem, name: string) {
    this.#system = system;
    this.payer = `payer-${name}`;
    this.idler = `idler-${name}`;
  }

  /** Both ask, and their windows are open. */
  static async begin(system: KafkaSystem, name: string): Promise<Visit> {
    const visit = new Visit(system, name);
    await system.append(requested(visit.payer, '1', visit.#at), requested(visit.idler, '1', visit.#at));
    await system.untilOpen(visit.payer, visit.idler);
    return visit;
  }

  /** The payment is in the log before the window ends. */
  async pay(): Promise<void> {
    await this.#system.append(paid(this.payer, '1', this.#at + 1_000));
    if (Date.now() > this.#at + WINDOW_MS)
      throw new Error(`It took ${Date.now() - this.#at} ms to get here: this machine is too slow for a window of ${WINDOW_MS} ms.`);
  }

  /** Both windows are past their closing, and held. */
  async held(): Promise<void> {
    await this.#system.untilHeld(this.payer, this.idler);
    await this.longEnough();
  }

  async longEnough(): Promise<void> {
    await sleep(Math.max(0, this.#at + WINDOW_MS + GRACE_MS + LONGER_MS - Date.now()));
  }
}

/** When all is back: who has paid is confirmed, and was never cancelled in between; who has not is cancelled; each once. Others are told what they are told. */
export async function settled(system: KafkaSystem, visits: readonly Visit[], others: Readonly<Record<string, string[]>> = {}): Promise<void> {
  const expected = {
    ...Object.fromEntries(visits.map(({ payer }) => [payer, ['ReservationConfirmed 1']])),
    ...Object.fromEntries(visits.map(({ idler }) => [idler, ['ReservationCancelled 1 PAYMENT_TIMED_OUT']])),
    ...others,
  };
  const count = Object.values(expected).flat().length;
  const outcomes = await system.untilOutcomes(`${count} outcomes`, (all) => new Set(all.map(({ id }) => id)).size >= count, BACK_MS);
  expect(told(outcomes)).toEqual(expected);
  const { counts } = await system.standing();
  expect(counts).toMatchObject({ open: 0, held: 0, waiting: 0, late: 0, rejected: 0 });
}
