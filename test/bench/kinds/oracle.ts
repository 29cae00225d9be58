import type { StreamRecord } from '../../../src/core/record.ts';
import { ADVANCE_MS, DIFFERENCE_MS, GAP_MS, GRACE_MS, type Kind, type Payment, SIZE_MS, START } from './stream.ts';

/** A window with its final sum. `closesAt` is Infinity where it never closes. */
export interface Final {
  readonly closesAt: number;
  readonly start: number;
  readonly key: string;
  readonly sum: number;
  readonly timestamp: number;
}

type Records = readonly StreamRecord<Payment>[];
type Bounds = Pick<Final, 'start' | 'closesAt'> & { readonly holds: (t: number) => boolean };

/** The windows of all keys by the definition of their kind, from all records at once, none of them late; in the order (closesAt, start, key). Quadratic. */
export function finalsOf(kind: Kind, records: Records): Final[] {
  const finals: Final[] = [];
  for (const key of new Set(records.map((record) => record.key))) {
    const own = records.filter((record) => record.key === key);
    if (kind === 'anchored') finals.push(...anchored(key, own));
    else for (const bounds of distinct(WINDOWS[kind](own))) finals.push(...finalOf(key, bounds, own));
  }
  return finals.sort((a, b) => a.closesAt - b.closesAt || a.start - b.start || (a.key < b.key ? -1 : 1));
}

const WINDOWS: Readonly<Record<Exclude<Kind, 'anchored'>, (own: Records) => Bounds[]>> = {
  tumbling: (own) => own.map(({ timestamp }) => timestamp - (timestamp % SIZE_MS)).map(aligned),

  hopping: (own) =>
    own.flatMap(({ timestamp }) => {
      const last = timestamp - (timestamp % ADVANCE_MS);
      return [0, 1, 2, 3].map((n) => aligned(last - n * ADVANCE_MS));
    }),

  sliding: (own) =>
    own
      .flatMap(({ timestamp }) => [timestamp - DIFFERENCE_MS, timestamp + 1])
      .map((start) => {
        const end = start + DIFFERENCE_MS;
        return { start, closesAt: end + GRACE_MS + 1, holds: (t: number) => t >= start && t <= end };
      }),

  session: (own) => {
    const times = own.map(({ timestamp }) => timestamp).sort((a, b) => a - b);
    const starts = times.filter((t, i) => i === 0 || t - (times[i - 1] as number) > GAP_MS);
    return starts.map((start, i) => {
      const end = Math.max(...times.filter((t) => t < (starts[i + 1] ?? Number.POSITIVE_INFINITY)));
      return { start, closesAt: end + GAP_MS + GRACE_MS + 1, holds: (t: number) => t >= start && t <= end };
    });
  },

  unlimited: () => [{ start: START, closesAt: Number.POSITIVE_INFINITY, holds: (t) => t >= START }],
};

function aligned(start: number): Bounds {
  return { start, closesAt: start + SIZE_MS + GRACE_MS, holds: (t) => t >= start && t < start + SIZE_MS };
}

function distinct(bounds: readonly Bounds[]): Bounds[] {
  return [...new Map(bounds.map((one) => [one.start, one])).values()];
}

/** None where no record stands in the window. */
function finalOf(key: string, { start, closesAt, holds }: Bounds, own: Records): Final[] {
  const held = own.filter(({ timestamp }) => holds(timestamp));
  if (held.length === 0) return [];
  const sum = held.reduce((so, { value }) => so + value.amount, 0);
  return [{ closesAt, start, key, sum, timestamp: Math.max(...held.map(({ timestamp }) => timestamp)) }];
}

/** In order of arrival: a record stands in the window that holds it, else in one that starts within the grace after it, else it opens one. */
function anchored(key: string, own: Records): Final[] {
  const windows: { start: number; sum: number }[] = [];
  for (const { timestamp: t, value } of own) {
    const window =
      windows.find(({ start }) => t >= start && t < start + SIZE_MS) ??
      windows.filter(({ start }) => start > t && start - t <= GRACE_MS).sort((a, b) => a.start - b.start)[0];
    if (window === undefined) windows.push({ start: t, sum: value.amount });
    else window.sum += value.amount;
  }
  return windows.map(({ start, sum }) => ({ key, start, sum, closesAt: start + SIZE_MS + GRACE_MS, timestamp: start + SIZE_MS }));
}
