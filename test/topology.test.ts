import { describe, expect, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import type { MergingReducer } from '../src/core/definition.ts';
import { KEY_BYTES } from '../src/core/text.ts';
import type { WindowKind } from '../src/core/window.ts';
import { anchored } from '../src/core/windows/anchored.ts';
import { reservation } from '../src/reservation/topology.ts';
import { stateless } from '../src/rxjs.ts';
import { type RawRecord, refuseKey, type Topology, type TopologyOptions, topology } from '../src/topology.ts';

const Event = z.object({ user: z.string().min(1), at: z.number().optional(), n: z.coerce.number() });
type Event = z.infer<typeof Event>;

const options: TopologyOptions<Event, { sum: number }, { sum: number }> = {
  name: 'sums',
  events: Event,
  key: ({ user }) => user,
  timestamp: ({ at }) => at,
  windows: anchored<Event>({ size: '1s', grace: 0 }),
  reducer: { init: () => ({ sum: 0 }), add: ({ sum }, { value }) => ({ sum: sum + value.n }) },
};
const sums = topology(options);
const source = { topic: 't', partition: 0, offset: '1' };

describe('a topology', () => {
  it('is a frozen value with its defaults', () => {
    expect(Object.isFrozen(sums)).toBe(true);
    expect(sums).toMatchObject({
      name: 'sums',
      version: 1,
      emit: 'close',
      retentionMs: 86_400_000,
      time: { mode: 'source', scope: 'partition', maxFutureMs: 60_000 },
    });
    expect(sums.status({ sum: 1 })).toBe('OPEN');
    expect(reservation().status({ status: 'PAID_FOR' })).toBe('PAID_FOR');
    expectTypeOf(sums).toEqualTypeOf<Topology<Event, { sum: number }, { sum: number }>>();
  });

  it.each([
    ['a name with a slash', { name: 'a/b' }],
    ['an empty name', { name: '' }],
    ['a name of 201 characters', { name: 'a'.repeat(201) }],
    ['version 0', { version: 0 }],
    ['version 1.5', { version: 1.5 }],
    ['a negative retention', { retention: -1 }],
    ['a retention that is no duration', { retention: 'a day' }],
    ['an unknown time mode', { time: { mode: 'wall' as never } }],
  ])('W9: %s throws at construction and says the rule', (_, given) => {
    expect(() => topology({ ...options, ...given })).toThrow(
      expect.objectContaining({ code: 'OPTION', message: expect.stringMatching(/was given; the rule is/) }),
    );
  });

  it('W9: windows that merge with a reducer that cannot throw at construction', () => {
    const windows: WindowKind<Event, true> = { ...options.windows, kind: 'session', merges: true };
    expect(() => topology({ ...options, windows } as never)).toThrow(
      expect.objectContaining({
        code: 'OPTION',
        message: expect.stringMatching(/^topology: the reducer has no merge; the rule is that session windows merge/),
      }),
    );
    const reducer: MergingReducer<Event, { sum: number }> = { ...options.reducer, merge: (a, b) => ({ sum: a.sum + b.sum }) };
    expect(topology({ ...options, windows, reducer }).reducer).toBe(reducer);
  });

  it('says what the reducer says of a state: by default the state', () => {
    const say = { key: 'a', state: { sum: 3 }, bounds: { id: '', start: 0, end: 1, closesAt: 1 }, by: 'watermark' } as const;
    expect(sums.outcomes.closed?.(say)).toEqual({ type: 'window', value: { sum: 3 } });
    const { outcomes: _, ...silent } = options;
    const told = topology({ ...silent, reducer: { ...options.reducer, result: ({ sum }) => (sum === 3 ? null : sum) } });
    expect([told.outcomes.closed?.(say), told.outcomes.updated?.(say)]).toEqual([
      { type: 'window', value: null },
      { type: 'window', value: null },
    ]);
  });

  it('parses a record to what its schema gives', () => {
    expect(sums.parse({ key: 'a', value: { user: 'a', n: '2', extra: true }, timestamp: 5, source }, 0)).toEqual({
      ok: true,
      record: { key: 'a', value: { user: 'a', n: 2 }, timestamp: 5, source },
    });
  });

  it('takes event time from the record, or where it has none from its value', () => {
    const value = { user: 'a', n: 1, at: 7 };
    expect(sums.parse({ key: 'a', value, timestamp: 5 }, 0)).toMatchObject({ ok: true, record: { timestamp: 5 } });
    expect(sums.parse({ key: 'a', value }, 0)).toMatchObject({ ok: true, record: { timestamp: 7 } });
    expect(sums.parse({ key: 'a', value: { user: 'a', n: 1 } }, 0)).toMatchObject({ ok: false, code: 'INVALID_TIMESTAMP' });
  });
});

describe('what a topology refuses of a record', () => {
  const good: RawRecord = { key: 'a', value: { user: 'a', n: 1 }, timestamp: 5 };
  const refusals: readonly [string, RawRecord][] = [
    ['INVALID_TIMESTAMP', { timestamp: -1 }],
    ['KEY', { key: 'b' }],
    ['TOO_LARGE', { omittedBytes: 1_000_000 }],
    ['SCHEMA', { unreadable: true }],
    ['FUTURE_TIMESTAMP', { timestamp: 60_006 }],
  ];

  it.each(refusals)('P4: %s', (code, fault) => {
    expect(sums.parse(good, 5)).toMatchObject({ ok: true });
    expect(sums.parse({ ...good, ...fault }, 5)).toMatchObject({ ok: false, code, message: expect.stringMatching(/\S{3,}/) });
  });

  it('P4: of several faults it names the first in that order', () => {
    refusals.forEach(([code, fault], i) => {
      const all = Object.assign(
        {},
        ...refusals
          .slice(i)
          .reverse()
          .map(([, later]) => later),
        fault,
      );
      expect(sums.parse({ ...good, ...all }, 5)).toMatchObject({ ok: false, code });
    });
  });

  it('T8: the future is not refused in `stream` mode', () => {
    const stream = topology({ ...options, time: { mode: 'stream' } });
    expect(stream.parse({ ...good, timestamp: 1e12 }, 5)).toMatchObject({ ok: true });
  });

  it.each([
    ['a text', 'text'],
    ['null', null],
    ['nothing', undefined],
    ['a missing field', { user: 'a' }],
    ['a wrong field', { user: 'a', n: 'many' }],
  ])('P4: a value that is %s is SCHEMA', (_, value) => {
    expect(sums.parse({ ...good, value }, 5)).toMatchObject({ ok: false, code: 'SCHEMA' });
  });

  it.each([
    ['absent', undefined],
    ['empty', ''],
    ['no text', 7],
    ['over 1,000 bytes', 'é'.repeat(501)],
    ['no well-formed text', 'a\ud83e'],
  ])('P4: a key that is %s is KEY', (_, key) => {
    expect(sums.parse({ ...good, key }, 5)).toMatchObject({ ok: false, code: 'KEY' });
  });

  it('R7: a Kafka key that differs from the key of the event is KEY, and the message names both', () => {
    expect(sums.parse({ ...good, key: 'b' }, 5)).toEqual({ ok: false, code: 'KEY', message: 'The record\'s key is "b", its event belongs to "a".' });
    const trimmed = topology({ ...options, events: z.object({ user: z.string().trim(), at: z.number().optional(), n: z.number() }) });
    expect(trimmed.parse({ key: ' a', value: { user: ' a', n: 1 }, timestamp: 5 }, 5)).toMatchObject({ ok: false, code: 'KEY' });
  });

  it('R7: a schema or a key function that throws refuses the record, SCHEMA', () => {
    const fails = (): never => {
      throw new Error('it threw');
    };
    for (const broken of [topology({ ...options, events: Event.transform(fails) }), topology({ ...options, key: fails })]) {
      expect(broken.parse(good, 5)).toEqual({ ok: false, code: 'SCHEMA', message: 'it threw' });
    }
    expect(topology({ ...options, timestamp: fails }).parse({ ...good, timestamp: undefined }, 5)).toMatchObject({
      ok: false,
      code: 'INVALID_TIMESTAMP',
    });
  });

  it('P8: a key has at most 1,000 bytes in UTF-8', () => {
    expect(refuseKey('é'.repeat(500))).toBeUndefined();
    expect(refuseKey('é'.repeat(500).concat('a'))).toMatch(/has 1001 bytes; the rule is at most 1000/);
    expect(KEY_BYTES).toBe(1_000);
  });
});

describe('operators of a topology', () => {
  it('are typed by what stands between them', () => {
    const shaped = topology({
      ...options,
      before: stateless.filter((record) => record.value.n > 0),
      after: stateless.map((result) => ({ ...result, value: { sum: -result.value.sum } })),
    });
    expect([shaped.before, shaped.after].map((operator) => typeof operator)).toEqual(['function', 'function']);
    expect([sums.before, sums.after]).toEqual([undefined, undefined]);
  });
});
