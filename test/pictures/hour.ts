import { z } from 'zod';
import { join } from '../../src/core/join.ts';
import { count } from '../../src/core/reductions/numbers.ts';
import type { WindowKind } from '../../src/core/window.ts';
import { anchored } from '../../src/core/windows/anchored.ts';
import { hopping } from '../../src/core/windows/hopping.ts';
import { session } from '../../src/core/windows/session.ts';
import { sliding } from '../../src/core/windows/sliding.ts';
import { tumbling } from '../../src/core/windows/tumbling.ts';
import { unlimited } from '../../src/core/windows/unlimited.ts';
import { TestDriver } from '../../src/testing.ts';
import { type Topology, topology } from '../../src/topology.ts';

/** Two in the afternoon: minutes are counted from here. */
const BASE = Date.UTC(2026, 0, 5, 14);
const MINUTE_MS = 60_000;

/** The minutes of the records in order of arrival: the fourth is late, by less than the grace. */
export const ARRIVALS: readonly number[] = [12, 15, 22, 19, 42, 46];

/** A window as the engine told it, in minutes. `closesAt` is absent where it never closes. */
export interface PicturedWindow {
  readonly start: number;
  readonly end: number;
  readonly closesAt?: number;
  /** How many records it has; of a join, the numbers of those that were joined. */
  readonly value: number | string;
}

export interface PicturedKind {
  readonly kind: string;
  readonly title: string;
  /** Whether a window's end belongs to it. */
  readonly inclusive: boolean;
  /** Whether every second record is of another stream. */
  readonly twoSides: boolean;
  /** In order of start. */
  readonly windows: readonly PicturedWindow[];
}

const Visit = z.object({ n: z.number(), timestamp: z.number() });
type Visit = z.infer<typeof Visit>;

const common = { name: 'visits', events: Visit, key: () => 'ann', time: { mode: 'stream' } } as const;
const grace = '3m';

export const KINDS: readonly PicturedKind[] = [
  counted(anchored({ size: '15m', grace })),
  counted(tumbling({ size: '20m', grace })),
  counted(hopping({ size: '20m', advance: '10m', grace })),
  counted(sliding({ timeDifference: '5m', grace }), 'inclusive'),
  counted(session({ gap: '4m', grace }), 'inclusive'),
  counted(unlimited({ start: BASE + 10 * MINUTE_MS })),
  joined(),
];

function counted(windows: WindowKind<Visit>, end?: 'inclusive'): PicturedKind {
  const visits = topology({ ...common, windows, reducer: count() });
  return { kind: windows.kind, title: windows.title, inclusive: end !== undefined, twoSides: false, windows: windowsOf(visits) };
}

/** Every second record is of the right side; each of the left one waits for those after it. */
function joined(): PicturedKind {
  const parts = join<Visit, string>({
    kind: 'left',
    before: 0,
    after: '4m',
    grace,
    side: ({ n }) => (n % 2 === 1 ? 'left' : 'right'),
    join: (left, right) => (right === null ? `${left?.n} alone` : `${left?.n}+${right.n}`),
  });
  const { kind, title } = parts.windows;
  return { kind, title, inclusive: true, twoSides: true, windows: windowsOf(topology({ ...common, ...parts })) };
}

function windowsOf<S, O>(visits: Topology<Visit, S, O>): PicturedWindow[] {
  const driver = new TestDriver(visits);
  driver.pipe(...ARRIVALS.map((minute, i) => ({ n: i + 1, timestamp: BASE + minute * MINUTE_MS })));
  driver.claim(BASE + 90 * MINUTE_MS);
  const told = driver.readOutputs().map(({ window, value, explanation: { closesAt } }) => {
    if (window === undefined || closesAt === null) throw new Error('A result of a window has bounds.');
    return { start: minuteOf(window.start), end: minuteOf(window.end), closesAt: minuteOf(closesAt), value: value as number | string };
  });
  const open = driver
    .state('ann')
    ?.open.map(({ start, state }) => ({ start: minuteOf(start), end: Number.POSITIVE_INFINITY, value: state as number }));
  return [...told, ...(open ?? [])].sort((a, b) => a.start - b.start);
}

function minuteOf(instant: number): number {
  return (instant - BASE) / MINUTE_MS;
}
