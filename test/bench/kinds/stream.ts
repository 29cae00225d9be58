import type { StreamRecord } from '../../../src/core/record.ts';
import { mulberry32 } from '../../support/random.ts';

export interface Payment {
  readonly amount: number;
}

export const KINDS = ['tumbling', 'hopping', 'sliding', 'session', 'unlimited', 'anchored'] as const;
export type Kind = (typeof KINDS)[number];

const SECOND = 1_000;

/** Between two records of one key, on average: the windows below hold one, two, or a handful. */
export const BETWEEN_MS = 10 * SECOND;
/** No record is further behind the greatest timestamp before it, so none is late. */
export const GRACE_MS = 2 * SECOND;
/** Of tumbling, hopping and anchored windows. */
export const SIZE_MS = 20 * SECOND;
/** A record stands in four hopping windows. */
export const ADVANCE_MS = 5 * SECOND;
export const DIFFERENCE_MS = 10 * SECOND;
/** Two of five records find a session of their key, most of them one. */
export const GAP_MS = 5 * SECOND;
/** Short, so that keys without windows are forgotten while the stream runs. Sliding windows take the time difference: a closed one still says what a new one starts with. */
export const RETENTION_MS = SECOND;
export const START = Date.UTC(2026, 0, 5, 12, 0, 7);

/**
 * `count` records of `keys` keys drawn at random, in the order in which they arrive: one in three late by up to the grace. Every record has texts and objects of its own, as
 * they come out of a parser. No sources: nothing can come twice, for the loops by hand as for the engine.
 */
export function paymentsOf(keys: number, count: number, seed = 1): StreamRecord<Payment>[] {
  const random = mulberry32(seed);
  return Array.from({ length: count }, (_, n) => {
    const arrival = START + GRACE_MS + Math.floor((n * BETWEEN_MS) / keys);
    const late = random() < 1 / 3 ? Math.floor(random() * GRACE_MS) : 0;
    const record = { key: `customer-${Math.floor(random() * keys)}`, value: { amount: 1 + Math.floor(random() * 100) }, timestamp: arrival - late };
    return JSON.parse(JSON.stringify(record)) as StreamRecord<Payment>;
  });
}
