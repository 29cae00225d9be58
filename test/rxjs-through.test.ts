import { concatMap, delay, filter, from, map, type OperatorFunction } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { StreamRecord } from '../src/core/record.ts';
import { anchored } from '../src/core/windows/anchored.ts';
import { reservation } from '../src/reservation/topology.ts';
import { closed, runSync, stateless, type ThroughOptions, through, type WindowOutput } from '../src/rxjs.ts';
import { type Topology, type TopologyOptions, topology } from '../src/topology.ts';

const Event = z.object({ user: z.string(), n: z.number(), timestamp: z.number() });
type Event = z.infer<typeof Event>;

const options: TopologyOptions<Event, number, number> = {
  name: 'sums',
  events: Event,
  key: ({ user }) => user,
  windows: anchored<Event>({ size: 5, grace: 2 }),
  reducer: { init: () => 0, add: (sum, { value }) => sum + value.n },
};

const stream: ThroughOptions = { time: { mode: 'stream' } };

function word(output: WindowOutput<Event, number, number>): string {
  switch (output.kind) {
    case 'result':
      return `${output.result.key}=${output.result.value}`;
    case 'late':
      return `${output.late.record.key}?`;
    case 'rejected':
      return `!${output.rejected.code} ${output.rejected.message}`;
  }
}

function told(of: Topology<Event, number, number>, events: readonly unknown[], given: ThroughOptions = stream): string[] {
  const words: string[] = [];
  from(events)
    .pipe(through(of, given), map(word))
    .subscribe({
      next: (one) => words.push(one),
      error: (error: { code?: string }) => words.push(`error ${error.code}`),
      complete: () => words.push('completed'),
    });
  return words;
}

describe('a whole topology', () => {
  let scheduler: TestScheduler;
  beforeEach(() => {
    scheduler = new TestScheduler((actual, expected) => expect(actual).toEqual(expected));
  });

  it('B2, B3, T7: raw events in, outcomes out, on time by the clock', () => {
    scheduler.run(({ hot, expectObservable }) => {
      const at = (type: string, customerId: string, timestamp: number) => ({ type, customerId, tableId: 't', timestamp });
      const events = {
        a: at('CustomerRequestedTable', 'Alice', 1),
        j: at('CustomerRequestedTable', 'Joe', 3),
        p: at('CustomerPaidForTable', 'Alice', 5),
      };
      const outcome$ = hot('-a-j-p|', events).pipe(
        through(reservation({ window: 10, grace: 2 }), { scheduler }),
        closed(),
        map(({ type, key, value }) => [type, key, value.reason]),
      );
      expectObservable(outcome$).toBe('-------------x-(y|)', {
        x: ['ReservationConfirmed', 'Alice', undefined],
        y: ['ReservationCancelled', 'Joe', 'PAYMENT_TIMED_OUT'],
      });
    });
  });

  it('R4, R7: what is no event is told as rejected, with the event, and the rest goes on', () => {
    const broken = { user: 'b', n: 'many', timestamp: 1 };
    const outputs: WindowOutput[] = [];
    from([{ user: 'a', n: 1, timestamp: 1 }, broken, { n: 1, timestamp: 1 }, null, { user: 'a', n: 1, timestamp: 'soon' }])
      .pipe(through(topology(options), stream))
      .subscribe((output) => outputs.push(output));
    expect(outputs.map((output) => (output.kind === 'rejected' ? [output.rejected.code, output.event] : output.kind))).toEqual([
      ['SCHEMA', broken],
      ['KEY', { n: 1, timestamp: 1 }],
      ['INVALID_TIMESTAMP', null],
      ['INVALID_TIMESTAMP', { user: 'a', n: 1, timestamp: 'soon' }],
      'result',
    ]);
  });

  it('R5: a source makes an event that comes twice a duplicate; one that throws rejects it', () => {
    const events = [1, 1, 2].map((n) => ({ user: 'a', n, timestamp: 1 }));
    const source = (event: unknown) => {
      const { n } = event as Event;
      if (n === 2) throw new Error('no source');
      return { id: String(n) };
    };
    expect(told(topology(options), events, { ...stream, source })).toEqual(['!TOPOLOGY no source', 'a=1', 'completed']);
  });

  it('D7: applies the operators before and after the windows', () => {
    const shaped = topology({
      ...options,
      before: stateless.pipe(
        stateless.filter(({ value }) => value.n > 0),
        stateless.flatMap((record) => [record, record]),
      ),
      after: stateless.map((result) => ({ ...result, value: -result.value })),
    });
    expect(
      told(shaped, [
        { user: 'a', n: -5, timestamp: 1 },
        { user: 'a', n: 2, timestamp: 1 },
      ]),
    ).toEqual(['a=-4', 'completed']);
  });

  it('R7: such an operator that throws rejects what it threw on', () => {
    const failing = stateless.map(() => {
      throw new Error('it threw');
    });
    const events = [{ user: 'a', n: 2, timestamp: 1 }];
    expect(told(topology({ ...options, before: failing }), events)).toEqual(['!TOPOLOGY it threw', 'completed']);
    expect(told(topology({ ...options, after: failing }), events)).toEqual(['!TOPOLOGY it threw', 'completed']);
  });

  it('R7: such an operator cannot give a record a key that is none', () => {
    const unkeyed = stateless.map((record: StreamRecord<Event>) => ({ ...record, key: '' }));
    const events = [{ user: 'a', n: 2, timestamp: 1 }];
    expect(told(topology({ ...options, before: unkeyed }), events)).toEqual([expect.stringMatching(/^!TOPOLOGY The key is empty/), 'completed']);
  });

  it('D7: one that waits ends the stream, ASYNC_OPERATOR', () => {
    const events = [{ user: 'a', n: 2, timestamp: 1 }];
    expect(told(topology({ ...options, before: delay(0) as never }), events)).toEqual(['error ASYNC_OPERATOR']);
    expect(told(topology({ ...options, after: delay(0) as never }), events)).toEqual(['error ASYNC_OPERATOR']);
  });

  it('T4: runs by the clock unless told otherwise, whatever the topology says; its other time settings hold', () => {
    const future = { user: 'a', n: 1, timestamp: 100 };
    for (const mode of ['source', 'stream'] as const) {
      const strict = topology({ ...options, time: { mode, maxFuture: 10 } });
      expect(told(strict, [future], { scheduler })[0]).toMatch(
        /^!FUTURE_TIMESTAMP timestamp 100 is 100 ms ahead of the clock; the rule is at most 10 ms/,
      );
      expect(told(strict, [future], { scheduler, time: { maxFuture: 99 } })[0]).toMatch(/at most 99 ms/);
      expect(told(strict, [future], { scheduler, ...stream })).toEqual(['a=1', 'completed']);
    }
    expect(() => through(topology(options), { time: { mode: 'source' } })).toThrow(/watermarks\$: not given/);
  });

  it('R4: an event without a place in any window is told late too', () => {
    expect(told(topology({ ...options, windows: anchored({ size: 5, grace: 0, opens: () => false }) }), [{ user: 'a', n: 1, timestamp: 1 }])).toEqual(
      ['a?', 'completed'],
    );
  });
});

describe('runSync', () => {
  it('D7: runs a stateless operator over a batch, to its end', () => {
    const doubled: OperatorFunction<number, string> = (n$) =>
      n$.pipe(
        filter((n) => n !== 2),
        concatMap((n) => [`${n}`, `${n}!`]),
      );
    expect(runSync(doubled, [1, 2, 3])).toEqual(['1', '1!', '3', '3!']);
    expect(runSync(doubled, [])).toEqual([]);
    expect(runSync(doubled, new Set([7]))).toEqual(['7', '7!']);
  });

  it.each<[string, OperatorFunction<number, unknown>]>([
    ['delay', delay(0)],
    ['a promise', concatMap((n) => Promise.resolve(n))],
    ['one that emits and never completes', (n$) => from([n$, new Promise(() => undefined)]).pipe(concatMap((one) => one))],
  ])('D7: refuses %s, ASYNC_OPERATOR', (_, operator) => {
    expect(() => runSync(operator, [1])).toThrow(
      expect.objectContaining({ code: 'ASYNC_OPERATOR', message: expect.stringMatching(/the rule is operators that wait for nothing/) }),
    );
  });

  it('D7: leaves nothing running of an operator that it refused', async () => {
    const seen: number[] = [];
    const slow: OperatorFunction<number, number> = (n$) =>
      n$.pipe(
        concatMap((n) => Promise.resolve(n)),
        map((n) => seen.push(n)),
      );
    expect(() => runSync(slow, [1, 2])).toThrow();
    await new Promise((resolve) => setImmediate(resolve));
    expect(seen).toEqual([]);
  });

  it('throws what the operator throws', () => {
    const failing = map((n: number) => {
      if (n === 2) throw new RangeError('two');
      return n;
    });
    expect(() => runSync(failing, [1, 2, 3])).toThrow(new RangeError('two'));
  });
});
