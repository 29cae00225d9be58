import { z } from 'zod';
import { count } from '../../src/core/reductions/numbers.ts';
import type { WindowKind } from '../../src/core/window.ts';
import { anchored } from '../../src/core/windows/anchored.ts';
import { hopping } from '../../src/core/windows/hopping.ts';
import { session } from '../../src/core/windows/session.ts';
import { sliding } from '../../src/core/windows/sliding.ts';
import { tumbling } from '../../src/core/windows/tumbling.ts';
import { unlimited } from '../../src/core/windows/unlimited.ts';
import { TestDriver } from '../../src/testing.ts';
import { topology } from '../../src/topology.ts';

/** Two in the afternoon: minutes are counted from here. */
const BASE = Date.UTC(2026, 0, 5, 14);
const MINUTE_MS = 60_000;

/** The minutes of the records in order of arrival: the fourth is late, by less than the grace. */
export const ARRIVALS: readonly number[] = [12, 15, 22, 19, 42, 46];

export interface PicturedKind {
  readonly windows: WindowKind<Visit>;
  /** Whether a window's end belongs to it. */
  readonly inclusive: boolean;
}

/** A window as the engine told it, in minutes. `closesAt` is absent where it never closes. */
export interface PicturedWindow {
  readonly start: number;
  readonly end: number;
  readonly closesAt?: number;
  readonly value: number;
}

const Visit = z.object({ timestamp: z.number() });
type Visit = z.infer<typeof Visit>;

const grace = '3m';

export const KINDS: readonly PicturedKind[] = [
  { windows: anchored<Visit>({ size: '15m', grace }), inclusive: false },
  { windows: tumbling<Visit>({ size: '20m', grace }), inclusive: false },
  { windows: hopping<Visit>({ size: '20m', advance: '10m', grace }), inclusive: false },
  { windows: sliding<Visit>({ timeDifference: '5m', grace }), inclusive: true },
  { windows: session<Visit>({ gap: '4m', grace }), inclusive: true },
  { windows: unlimited<Visit>({ start: BASE + 10 * MINUTE_MS }), inclusive: false },
];

/** What a kind of window makes of the records, in order of start: how many records each window has. */
export function windowsOf({ windows }: PicturedKind): PicturedWindow[] {
  const driver = new TestDriver(
    topology({
      name: 'visits',
      events: Visit,
      key: () => 'ann',
      windows,
      reducer: count(),
      time: { mode: 'stream' },
    }),
  );
  driver.pipe(...ARRIVALS.map((minute) => ({ timestamp: BASE + minute * MINUTE_MS })));
  driver.claim(BASE + 90 * MINUTE_MS);
  const closed = driver.readOutputs().map(({ window, value, explanation: { closesAt } }) => {
    if (window === undefined || closesAt === null) throw new Error('A result of a window has bounds.');
    return { start: minuteOf(window.start), end: minuteOf(window.end), closesAt: minuteOf(closesAt), value: Number(value) };
  });
  const open = driver.state('ann')?.open.map(({ start, state }) => ({ start: minuteOf(start), end: Number.POSITIVE_INFINITY, value: Number(state) }));
  return [...closed, ...(open ?? [])].sort((a, b) => a.start - b.start);
}

function minuteOf(instant: number): number {
  return (instant - BASE) / MINUTE_MS;
}
