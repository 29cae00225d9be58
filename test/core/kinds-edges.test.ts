import { describe, expect, it } from 'vitest';
import { BOUND, type Definition, type MergingReducer } from '../../src/core/definition.ts';
import { join } from '../../src/core/join.ts';
import { createState, type State } from '../../src/core/state.ts';
import { type Input, step } from '../../src/core/step.ts';
import { untilTimeLimit } from '../../src/core/suppress.ts';
import { type TimeSettings, timeOptions } from '../../src/core/time.ts';
import { hopping } from '../../src/core/windows/hopping.ts';
import { session } from '../../src/core/windows/session.ts';
import { sliding } from '../../src/core/windows/sliding.ts';
import { tumbling } from '../../src/core/windows/tumbling.ts';
import { unlimited } from '../../src/core/windows/unlimited.ts';
import { stateAsResult } from '../../src/topology.ts';

type Options = Partial<Omit<Definition<string, number, unknown>, 'time'>> & Pick<Definition<string>, 'windows'> & { readonly time?: TimeSettings };

/** Counts records; `del` deletes. */
const counting: MergingReducer<string, number> = {
  init: () => 0,
  add: (n, { value }) => (value === 'del' ? null : n + 1),
  merge: (a, b) => a + b,
};

/** Runs a definition by hand, and lists what is said in words. */
class Bench {
  readonly definition: Definition<string, number, unknown>;
  readonly state: State<string, number> = createState();

  constructor({ time, ...options }: Options) {
    const rest = { name: 'x', version: 1, reducer: counting, outcomes: stateAsResult<string, number, unknown>(counting), emit: 'update' as const };
    this.definition = { ...rest, retentionMs: 86_400_000, bound: BOUND, ...options, time: timeOptions(time) };
  }

  take(input: Input<string>): string[] {
    const { results, late, rejected } = step(this.definition, this.state, input);
    return [
      ...results.map(({ revision, final, window, value }) => `[${window?.start},${window?.end}] ${value}${final ? ' final' : ''} #${revision}`),
      ...late.map(({ code }) => code),
      ...rejected.map(({ code }) => code),
    ];
  }

  record(timestamp: number, value = 'x', watermark?: number, key = 'k'): string[] {
    return this.take({ type: 'record', record: { key, value, timestamp }, now: 1_000, ...(watermark === undefined ? {} : { watermark }) });
  }

  get open(): number {
    return [...this.state.keys.values()].reduce((sum, { open }) => sum + open, 0);
  }
}

const STREAM: TimeSettings = { mode: 'stream' };

describe('windows that change together', () => {
  it('T6, R2: one that began again closes once when it is let go', () => {
    const bench = new Bench({ windows: session({ gap: 10, grace: 0 }), suppress: untilTimeLimit(1_000) });
    bench.record(900, 'x', 0, 'a');
    bench.record(1_000, 'x', 0);
    bench.record(1_005, 'del', 0);
    bench.record(1_000, 'x', 0);
    const said = bench.take({ type: 'release', now: 5_000 });
    expect(said.filter((line) => line.startsWith('[1000,1000]') && line.includes('final'))).toHaveLength(1);
    expect(bench.open).toBe(0);
  });

  it('R7: nothing of a late record stays where what is said of it throws', () => {
    const late = () => {
      throw new Error('cannot say');
    };
    const bench = new Bench({ windows: sliding({ timeDifference: 10, grace: 0 }), outcomes: { ...stateAsResult(counting), late } });
    bench.record(98, 'x', 0);
    bench.record(105, 'x', 0);
    bench.take({ type: 'watermark', watermark: 110, now: 1_000 });
    const { open } = bench;
    expect(bench.record(100, 'x', 110)).toEqual(['TOPOLOGY']);
    expect(bench.open).toBe(open);
  });

  it('R3: a record whose window id cannot be said is rejected, and not late as well', () => {
    let asked = 0;
    const id = () => {
      if (++asked === 2) throw new Error('no id');
      return '';
    };
    const outcomes = { late: () => ({ say: { type: 'late', value: 1 } }) };
    const bench = new Bench({ windows: tumbling({ size: 10, grace: 0, id }), outcomes });
    expect(bench.record(1, 'x', 100)).toEqual(['TOPOLOGY']);
  });

  it('W7: whenFull fail refuses a session that reaches further where there is no room for what takes the former back', () => {
    const suppress = untilTimeLimit(1_000, { maxRecords: 1, whenFull: 'fail' });
    const bench = new Bench({ windows: session({ gap: 10, grace: 0 }), suppress, time: STREAM });
    expect(bench.record(1_000)).toEqual([]);
    expect(bench.record(1_005)).toEqual(['TOO_MANY_SUPPRESSED']);
  });

  it('W7: maxRecords lets the change go that is due first of all keys, in either scope', () => {
    for (const scope of ['partition', 'key'] as const) {
      const suppress = untilTimeLimit(1_000, { maxRecords: 1 });
      const bench = new Bench({ windows: tumbling({ size: 10, grace: 100_000 }), suppress, time: { mode: 'stream', scope } });
      expect(bench.record(100, 'x', undefined, 'a')).toEqual([]);
      expect(bench.record(200, 'x', undefined, 'b')).toEqual(['[100,110] 1 #1']);
    }
  });

  it('W9: a record stands in at most ten thousand hopping windows', () => {
    expect(() => hopping({ size: '1h', advance: 1, grace: 0 })).toThrow(/at most 10000 windows/);
    expect(hopping({ size: 10_000, advance: 1, grace: 0 }).kind).toBe('hopping');
  });

  it('W6, W8: one that would never close is remembered from the record on that closed it', () => {
    const bench = new Bench({ windows: unlimited(), reducer: { ...counting, closeWhen: (n) => n === 2 }, retentionMs: 50, emit: 'close' });
    const end = (watermark: number) => bench.record(20, 'x', watermark);
    bench.record(10, 'x', 0);
    expect(end(0)).toEqual(['[0,9007199254740991] 2 final #1']);
    expect(bench.record(30, 'x', 60)).toEqual(['ALREADY_CLOSED']);
    expect(bench.record(40, 'x', 70)).toEqual([]);
    expect(bench.open).toBe(1);
  });
});

describe('a join', () => {
  const outer = join<string, unknown>({
    kind: 'outer',
    before: 10,
    after: 10,
    grace: 0,
    side: (value) => (value.startsWith('l') ? 'left' : 'right'),
    join: (left, right) => `${left}+${right}`,
  });
  const joined = (time?: TimeSettings): Bench =>
    new Bench({ ...(outer as unknown as Options), emit: 'close', ...(time === undefined ? {} : { time }) });

  it('W10, T6: tells what has no partner once, also where the operator lets it go', () => {
    const bench = joined(STREAM);
    bench.record(100, 'l');
    expect(bench.take({ type: 'release', now: 5_000 })).toEqual(['[100,110] l+null final #1']);
    expect(bench.record(900, 'l')).toEqual([]);
  });

  it('W10: keeps no record beyond its closing outside stream mode', () => {
    const bench = joined();
    for (let t = 100; t < 200; t++) bench.record(t, 'l', 0);
    bench.take({ type: 'watermark', watermark: 1_000, now: 1_000 });
    expect([...bench.state.keys.values()].map(({ lanes }) => lanes.size)).toEqual([0]);
  });

  it('W10, R2: tells records without a source apart, also those of one instant', () => {
    const bench = joined();
    const ids = [1, 2].flatMap((t) => {
      const { results } = step(bench.definition, bench.state, {
        type: 'record',
        record: { key: 'k', value: 'l', timestamp: 5 },
        now: t,
        watermark: 0,
      });
      return results.map(({ id }) => id);
    });
    for (const input of [
      { type: 'record', record: { key: 'k', value: 'r', timestamp: 6 }, now: 3, watermark: 0 },
      { type: 'record', record: { key: 'k', value: 'r', timestamp: 6 }, now: 4, watermark: 0 },
      { type: 'record', record: { key: 'k', value: 'l', timestamp: 500 }, now: 5, watermark: 0 },
      { type: 'record', record: { key: 'k', value: 'l', timestamp: 500 }, now: 6, watermark: 0 },
      { type: 'watermark', watermark: 1_000, now: 1_000 },
    ] as const)
      ids.push(...step(bench.definition, bench.state, input).results.map(({ id }) => id));
    expect(ids).toHaveLength(6);
    expect(new Set(ids).size).toBe(6);
  });
});
