import { concat, delay, map, NEVER, of, range } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { anchored } from '../src/core/windows/anchored.ts';
import { closed, groupByKey, type ReduceWindowOptions, reduceWindow, rejected, windowed } from '../src/rxjs.ts';
import { type Event, event, fives, keyed, sums, words } from './support/sums.ts';

let scheduler: TestScheduler;
beforeEach(() => {
  scheduler = new TestScheduler((actual, expected) => expect(actual).toEqual(expected));
});

describe('reduceWindow in `clock` mode', () => {
  it('T7: closes on time with no further event, on an idle stream', () => {
    scheduler.run(({ hot, expectObservable }) => {
      const values = { a: event('a', 1, 1), b: event('b', 2, 3), c: event('a', 3, 4) };
      expectObservable(hot('-a-bc 100ms -', values).pipe(words({ scheduler }))).toBe('8ms x-y', { x: 'a=4', y: 'b=2' });
    });
  });

  it('completes when the source has and every open window has closed', () => {
    scheduler.run(({ hot, expectObservable }) => {
      const values = { a: event('a', 1, 1), w: event('b', -1, 2) };
      expectObservable(hot('-aw|', values).pipe(words({ scheduler }))).toBe('----y---(x|)', { x: 'a=1', y: 'b?' });
      expectObservable(hot('---|', values).pipe(words({ scheduler }))).toBe('---|');
    });
  });

  it('R7: an error in a reducer or in a key function rejects the event and does not end the stream', () => {
    scheduler.run(({ hot, expectObservable }) => {
      const values = { a: event('a', 1, 1), b: event('a', 13, 2), c: event('', 1, 3), d: event('a', 4, 4) };
      expectObservable(hot('-abcd|', values).pipe(words({ scheduler }))).toBe('--bc----(x|)', { b: 'a!TOPOLOGY', c: '!KEY', x: 'a=5' });
      const throwing = groupByKey<Event>({
        key: () => {
          throw new Error('no key');
        },
        timestamp: () => 0,
      });
      expectObservable(
        hot('-a|', values).pipe(
          throwing,
          windowed(fives),
          reduceWindow(sums, { scheduler }),
          rejected(),
          map(({ code, message }) => `${code} ${message}`),
        ),
      ).toBe('-x|', { x: 'TOPOLOGY no key' });
    });
  });

  it('R7: an event of no key is rejected, KEY, with nothing in it but the event', () => {
    const unkeyed = groupByKey<Event, Event, null>({ key: () => null, timestamp: ({ at }) => at });
    const told: unknown[] = [];
    of(event('a', 1, 1))
      .pipe(unkeyed as never, windowed(fives), reduceWindow(sums, { scheduler }))
      .subscribe((output) => told.push(output));
    const message = 'The key is null; the rule is a text of 1 to 1000 bytes.';
    expect(told).toEqual([{ kind: 'rejected', rejected: { code: 'KEY', message }, event: event('a', 1, 1) }]);
  });

  it('an error of the source ends the stream, and what was open is not told', () => {
    scheduler.run(({ hot, expectObservable }) => {
      expectObservable(hot('-a-#', { a: event('a', 1, 1) }).pipe(words({ scheduler }))).toBe('---#');
    });
  });

  it('unsubscribing cancels the timer', () => {
    scheduler.run(({ hot, expectObservable, expectSubscriptions, flush }) => {
      const source = hot('-a--------', { a: event('a', 1, 1) });
      expectObservable(source.pipe(words({ scheduler })), '^---!').toBe('-----');
      expectSubscriptions(source.subscriptions).toBe('^---!');
      flush();
      expect(scheduler.actions.filter(({ closed: over }) => !over)).toEqual([]);
    });
  });

  it('R5: an event with a source that comes twice is a duplicate', () => {
    scheduler.run(({ hot, expectObservable }) => {
      const values = { a: event('a', 1, 1, 'e1'), b: event('a', 2, 2) };
      expectObservable(hot('-aabab|', values).pipe(words({ scheduler }))).toBe('--------(x|)', { x: 'a=5' });
    });
  });

  it('R1: gives updates where it is told to', () => {
    scheduler.run(({ hot, expectObservable }) => {
      const values = { a: event('a', 1, 1), b: event('a', 2, 2) };
      expectObservable(hot('-ab|', values).pipe(words({ scheduler, emit: 'update' }))).toBe('-ab-----(x|)', { a: 'a~1', b: 'a~3', x: 'a=3' });
    });
  });

  it('T8: a record from the future is rejected by the clock of the scheduler', () => {
    scheduler.run(({ hot, expectObservable }) => {
      expectObservable(hot('-a|', { a: event('a', 1, 3) }).pipe(words({ scheduler, time: { maxFuture: 1 } }))).toBe('-x|', {
        x: 'a!FUTURE_TIMESTAMP',
      });
    });
  });

  it('T9: waits longer than 2^31-1 ms', () => {
    scheduler.run(({ hot, expectObservable }) => {
      const long = anchored<Event>({ size: '25d', grace: 0 });
      const sum$ = hot('a|', { a: event('a', 1, 0) }).pipe(
        keyed,
        windowed(long),
        reduceWindow(sums, { scheduler }),
        closed(),
        map(({ value }) => value),
      );
      expectObservable(sum$).toBe(`${25 * 86_400_000}ms (x|)`, { x: 1 });
    });
  });
});

describe('reduceWindow in `stream` mode', () => {
  it('T4: the greatest timestamp closes, and at its end it claims its clock: all that is open closes', () => {
    scheduler.run(({ hot, expectObservable }) => {
      const values = { a: event('a', 1, 1_000), b: event('b', 2, 1_007), c: event('c', 3, 9_000) };
      expectObservable(hot('-a-b-c-|', values).pipe(words({ scheduler, time: { mode: 'stream' } }))).toBe('---a-b-(c|)', {
        a: 'a=1',
        b: 'b=2',
        c: 'c=3',
      });
    });
  });

  it('T4: takes claims too', () => {
    scheduler.run(({ hot, expectObservable }) => {
      const watermarks$ = hot('---w', { w: 1_007 });
      expectObservable(hot('-a---|', { a: event('a', 1, 1_000) }).pipe(words({ scheduler, watermarks$, time: { mode: 'stream' } }))).toBe('---a-|', {
        a: 'a=1',
      });
    });
  });

  it('closes any number of windows at its end', async () => {
    const count = 20_000;
    const closings: number[] = [];
    range(0, count)
      .pipe(
        map((i) => event(`k${i}`, 1, i * 2)),
        words({ scheduler, time: { mode: 'stream', scope: 'key' } }),
      )
      .subscribe({ next: () => closings.push(1), complete: () => closings.push(0) });
    expect([closings.length, closings.at(-1)]).toEqual([count + 1, 0]);
  });
});

describe('reduceWindow in `source` mode', () => {
  it('T6: claims close, the clock does not; it completes when source and watermarks$ have', () => {
    scheduler.run(({ hot, expectObservable }) => {
      const source = hot('-a|', { a: event('a', 1, 1) });
      const watermarks$ = hot('---v 100ms w--|', { v: 7, w: 8 });
      expectObservable(source.pipe(words({ scheduler, watermarks$, time: { mode: 'source' } }))).toBe('104ms x--|', { x: 'a=1' });
      expectObservable(hot<Event>('---|').pipe(words({ scheduler, watermarks$: hot<number>('-|'), time: { mode: 'source' } }))).toBe('---|');
    });
  });

  it('T6: maxHold lets a held window go, by the timer alone', () => {
    scheduler.run(({ hot, expectObservable }) => {
      const source = hot('-a-w 3000ms -', { a: event('a', 1, 1), w: event('b', -1, 3) });
      const time = { mode: 'source', maxHold: 1_500 } as const;
      expectObservable(source.pipe(words({ scheduler, watermarks$: NEVER, time }))).toBe('1508ms x', { x: 'a=1' });
    });
  });

  it('an error of watermarks$, and a claim that is no instant, end the stream', () => {
    scheduler.run(({ hot, expectObservable }) => {
      const time = { mode: 'source' } as const;
      expectObservable(hot<Event>('-----').pipe(words({ scheduler, watermarks$: hot<number>('--#'), time }))).toBe('--#');
      const error = expect.objectContaining({ code: 'OPTION', message: 'watermarks$: NaN was claimed; the rule is whole ms since the epoch.' });
      expectObservable(hot<Event>('-----').pipe(words({ scheduler, watermarks$: hot('--w', { w: Number.NaN }), time }))).toBe(
        '--#',
        undefined,
        error,
      );
    });
  });

  it('takes the events first where both come at once', () => {
    const told: string[] = [];
    of(event('a', 1, 1))
      .pipe(words({ scheduler, watermarks$: of(8), time: { mode: 'source' } }))
      .subscribe((word) => told.push(word));
    expect(told).toEqual(['a=1']);
  });
});

describe('options', () => {
  const refused = (message: RegExp) => expect.objectContaining({ code: 'OPTION', message: expect.stringMatching(message) });

  it.each<[string, ReduceWindowOptions<Event, number, number>, RegExp]>([
    ['source mode without watermarks$', { time: { mode: 'source' } }, /watermarks\$: not given; the rule is/],
    ['clock mode with watermarks$', { watermarks$: NEVER }, /watermarks\$: given; the rule is/],
    ['a retention that is none', { retention: -1 }, /retention: -1 was given; the rule is/],
    ['an unknown mode', { time: { mode: 'wall' as never } }, /time\.mode: "wall" was given; the rule is/],
  ])('W9: %s throws at construction', (_, options, message) => {
    expect(() => reduceWindow(sums, options as never)).toThrow(refused(message));
  });

  it('W9: windows that merge with a reducer that cannot throw when they meet', () => {
    const merging = windowed({ ...fives, kind: 'session', merges: true });
    expect(() => NEVER.pipe(keyed, merging, reduceWindow(sums) as never)).toThrow(refused(/^reduceWindow: the reducer has no merge/));
  });

  it('reduceWindow stands right after windowed', () => {
    expect(() => NEVER.pipe(keyed, windowed(fives), delay(1), reduceWindow(sums))).toThrow(
      refused(/reduceWindow: stands after another operator than windowed/),
    );
  });
});

describe('the clock of the runtime', () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: 1_000_000 });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('T7: is used where no scheduler is given', () => {
    const told: string[] = [];
    of(event('a', 1, 1_000_000))
      .pipe(words())
      .subscribe({ next: (word) => told.push(word), complete: () => told.push('completed') });
    vi.advanceTimersByTime(6);
    expect(told).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(told).toEqual(['a=1', 'completed']);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('leaves no timer behind once nobody listens', () => {
    const subscription = concat(of(event('a', 1, 1_000_000)), NEVER)
      .pipe(words())
      .subscribe();
    expect(vi.getTimerCount()).toBe(1);
    subscription.unsubscribe();
    expect(vi.getTimerCount()).toBe(0);
  });
});
