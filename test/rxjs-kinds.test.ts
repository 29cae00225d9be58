import { from, type Observable } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { describe, expect, it } from 'vitest';
import {
  anchored,
  closed,
  groupByKey,
  hopping,
  late,
  type MergingReducer,
  type ReduceWindowOptions,
  reduceWindow,
  rejected,
  session,
  sliding,
  tumbling,
  unlimited,
  updates,
  type WindowKind,
  type WindowOutput,
  windowed,
} from '../src/index.ts';

interface Event {
  readonly n: number;
  readonly at: number;
}

/** Throws on 13, and where two states with it would become one. */
const sums: MergingReducer<Event, number> = {
  init: () => 0,
  add: (sum, { value: { n } }) => {
    if (n === 13) throw new Error('thirteen');
    return sum + n;
  },
  merge: (a, b) => {
    if (a > 0 && b > 0 && a + b === 13) throw new Error('thirteen together');
    return a + b;
  },
};

type Output = WindowOutput<Event, number, number>;
type Options = ReduceWindowOptions<Event, number, number>;

const kinds: readonly [WindowKind<Event>, string[], string[]][] = [
  [anchored({ size: 10, grace: 5 }), ['!13 TOPOLOGY', '=3', '?8 LATE', '=4'], ['~1', '!13 TOPOLOGY', '~3', '=3', '~4', '?8 LATE', '=4']],
  [tumbling({ size: 10, grace: 5 }), ['!13 TOPOLOGY', '=3', '?8 LATE', '=4'], ['~1', '!13 TOPOLOGY', '~3', '=3', '~4', '?8 LATE', '=4']],
  [
    hopping({ size: 10, advance: 5, grace: 5 }),
    ['!13 TOPOLOGY', '=3', '=3', '?8 LATE', '=4', '=4'],
    ['~1', '~1', '!13 TOPOLOGY', '~3', '~3', '=3', '=3', '~4', '~4', '?8 LATE', '=4', '=4'],
  ],
  [
    sliding({ timeDifference: 10, grace: 5 }),
    ['!13 TOPOLOGY', '=1', '=3', '=2', '?8 LATE', '=4'],
    ['~1', '!13 TOPOLOGY', '~2', '~3', '=1', '=3', '=2', '~4', '?8 LATE', '=4'],
  ],
  [session({ gap: 10, grace: 5 }), ['!13 TOPOLOGY', '=3', '?8 LATE', '=4'], ['~1', '!13 TOPOLOGY', '~null', '~3', '=3', '~4', '?8 LATE', '=4']],
  [unlimited({ start: 101 }), ['?1 NO_WINDOW', '!13 TOPOLOGY', '?8 NO_WINDOW'], ['?1 NO_WINDOW', '!13 TOPOLOGY', '~2', '~6', '?8 NO_WINDOW']],
];

const events: readonly Event[] = [
  { n: 1, at: 100 },
  { n: 13, at: 101 },
  { n: 2, at: 102 },
  { n: 4, at: 1_000 },
  { n: 8, at: 100 },
];

function through(windows: WindowKind<Event>, given: readonly Event[], options: Options = {}, reducer = sums): Observable<Output> {
  return from(given).pipe(
    groupByKey({ key: () => 'k', timestamp: ({ at }) => at }),
    windowed(windows),
    reduceWindow(reducer, { time: { mode: 'stream' }, ...options }),
  );
}

function told<T>(output$: Observable<T>, word: (output: T) => string): string[] {
  const words: string[] = [];
  output$.subscribe({
    next: (one) => words.push(word(one)),
    error: (error) => words.push(`error ${error}`),
    complete: () => words.push('completed'),
  });
  return words;
}

function wordOf(output: Output): string {
  switch (output.kind) {
    case 'result':
      return `${output.result.final ? '=' : '~'}${output.result.value}`;
    case 'late':
      return `?${output.late.record.value.n} ${output.late.code}`;
    case 'rejected':
      return `!${output.rejected.record?.value.n ?? 'window'} ${output.rejected.code}`;
  }
}

describe.each(kinds.map(([windows, closes, changes]) => [windows.kind, windows, closes, changes] as const))(
  '%s windows',
  (_, windows, closes, changes) => {
    it('R4, R7, W7: give results, what came late and what was refused, in order, and go on to the end', () => {
      expect(told(through(windows, events), wordOf)).toEqual([...closes, 'completed']);
      expect(told(through(windows, events, { emit: 'update' }), wordOf)).toEqual([...changes, 'completed']);
    });

    it('R4: give each of them apart', () => {
      const output$ = through(windows, events, { emit: 'update' });
      const apart = [
        ...told(output$.pipe(updates()), ({ value }) => `~${value}`),
        ...told(output$.pipe(closed()), ({ value }) => `=${value}`),
        ...told(output$.pipe(late()), ({ code, record }) => `?${record.value.n} ${code}`),
        ...told(output$.pipe(rejected()), ({ code, record }) => `!${record?.value.n} ${code}`),
      ];
      expect(apart.filter((word) => word === 'completed').length).toBe(4);
      expect(apart.filter((word) => word !== 'completed').sort()).toEqual([...changes].sort());
    });

    it('T7: complete by the clock, the source having done so', () => {
      const scheduler = new TestScheduler(() => undefined);
      const words: string[] = [];
      through(windows, [{ n: 1, at: 101 }], { scheduler, time: { mode: 'clock' } }).subscribe({
        next: (output) => words.push(wordOf(output)),
        complete: () => words.push('completed'),
      });
      scheduler.maxFrames = 200;
      scheduler.flush();
      const closings: Record<string, number> = { unlimited: 0, hopping: 2 };
      expect(words).toEqual([...Array<string>(closings[windows.kind] ?? 1).fill('=1'), 'completed']);
    });
  },
);

describe('errors of a reducer, which do not end the stream', () => {
  const saying: MergingReducer<Event, number> = {
    ...sums,
    result: (sum) => {
      if (sum > 99) throw new Error('too much to say');
      return sum;
    },
  };

  it('R7: in merge they refuse the record that would have merged, and the sessions stay as they are', () => {
    const given = [
      { n: 6, at: 100 },
      { n: 7, at: 120 },
      { n: 1, at: 110 },
      { n: 2, at: 130 },
    ];
    expect(told(through(session({ gap: 10, grace: 30 }), given), wordOf)).toEqual(['!1 TOPOLOGY', '=6', '=9', 'completed']);
  });

  it.each(kinds.map(([windows]) => [windows.kind, windows] as const))(
    'R7: in result they refuse the record whose change cannot be said: %s',
    (_, windows) => {
      const given = [
        { n: 1, at: 101 },
        { n: 100, at: 102 },
        { n: 2, at: 101 },
      ];
      const words = told(through(windows, given, { emit: 'update' }, saying), wordOf);
      expect(words.filter((word) => word.startsWith('!'))).toEqual(['!100 TOPOLOGY']);
      expect(words.filter((word) => word === '~3').length).toBe(windows.kind === 'hopping' ? 2 : 1);
      expect(words.at(-1)).toBe('completed');
    },
  );

  it.each(kinds.filter(([windows]) => windows.kind !== 'unlimited').map(([windows]) => [windows.kind, windows] as const))(
    'R4, R7: in the last word of a window they leave it with its bounds, and the next one is told: %s',
    (_, windows) => {
      const given = [
        { n: 100, at: 101 },
        { n: 2, at: 1_000 },
      ];
      const words = told(through(windows, given, {}, saying), wordOf);
      const times = windows.kind === 'hopping' ? 2 : 1;
      expect(words).toEqual([...Array<string>(times).fill('!window TOPOLOGY'), ...Array<string>(times).fill('=2'), 'completed']);
    },
  );
});
