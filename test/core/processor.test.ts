import { describe, expect, it } from 'vitest';
import type { Input } from '../../src/core/step.ts';
import type { Commit, Output, StateStore, WakeTimer } from '../../src/ports.ts';
import { Processor } from '../../src/processor.ts';
import { MemoryStore } from '../../src/stores/memory.ts';
import { defined, type Mark, type Marks } from '../support/ledger.ts';

let offset = 0;
const record = (what: string, timestamp: number, key = 'k', now = 0): Input<Mark> => ({
  type: 'record',
  record: { key, value: { what }, timestamp, source: { topic: 'log', partition: 0, offset: String(offset++) } },
  now,
});
const claim = (watermark: number, now = 0): Input<Mark> => ({ type: 'watermark', watermark, now });

/** A store that writes down what is asked of it, answers later, and fails when told to. */
class SlowStore implements StateStore {
  readonly log: string[] = [];
  readonly inner = new MemoryStore();
  fail = false;

  async load() {
    this.log.push('load');
    await Promise.resolve();
    return this.inner.load();
  }

  async commit(commit: Commit) {
    this.log.push(`commit ${[...commit.changes.keys()].join(' ')}`);
    await Promise.resolve();
    if (this.fail) throw new Error('the disk is full');
    this.inner.commit(commit);
    this.log.push('committed');
  }
}

function timerInto(log: string[]): WakeTimer {
  return { arm: (at) => log.push(`arm ${at}`), onWake: () => undefined };
}

function emitInto(log: string[]) {
  return ({ results, dispositions }: Output) =>
    log.push(`emit ${[...dispositions.map(({ kind }) => kind), ...results.map(({ key }) => `result of ${key}`)].join(', ')}`);
}

describe('the processor', () => {
  it('D2: load, step, commit, emit, arm, one batch at a time', async () => {
    const store = new SlowStore();
    const processor = new Processor(defined(), { store, emit: emitInto(store.log), timer: timerInto(store.log) });
    await Promise.all([processor.process([record('open', 0, 'a')]), processor.process([record('open', 1, 'b'), claim(15)])]);
    expect(store.log).toEqual([
      'load',
      'commit a',
      'committed',
      'emit folded',
      'arm 15',
      'commit b a',
      'committed',
      'emit folded, result of a',
      'arm 16',
    ]);
  });

  it('D2: with a store that answers at once it does too', () => {
    const log: string[] = [];
    const processor = new Processor(defined(), { store: new MemoryStore(), emit: emitInto(log), timer: timerInto(log) });
    expect(processor.process([record('open', 0), claim(15)])).toMatchObject({
      results: [{ key: 'k' }],
      dispositions: [{ kind: 'folded' }],
      late: [],
      rejected: [],
    });
    expect(log).toEqual(['emit folded, result of k', 'arm undefined']);
  });

  it('D2: after a commit that failed nothing has happened: nothing is emitted, and the same batch works again', async () => {
    const store = new SlowStore();
    const processor = new Processor(defined(), { store, emit: emitInto(store.log), timer: timerInto(store.log) });
    const [opener, rest] = [record('open', 0), [record('x', 1), claim(15)]];
    await processor.process([opener]);
    store.fail = true;
    const failed = processor.process(rest);
    await expect(failed).rejects.toThrow('the disk is full');
    store.fail = false;
    await expect(processor.process(rest)).resolves.toMatchObject({ results: [{ value: ['open', 'x'] }], dispositions: [{ kind: 'folded' }] });
    expect(store.log).toEqual([
      'load',
      'commit k',
      'committed',
      'emit folded',
      'arm 15',
      'commit k',
      'load',
      'commit k',
      'committed',
      'emit folded, result of k',
      'arm undefined',
    ]);
  });

  it('D2: a batch that failed does not hold up those after it', async () => {
    const store = new SlowStore();
    const processor = new Processor(defined(), { store });
    store.fail = true;
    const failed = Promise.resolve(processor.process([record('open', 0)]));
    const next = failed.catch(() => {
      store.fail = false;
      return processor.process([record('open', 5), claim(20)]);
    });
    await expect(failed).rejects.toThrow('the disk is full');
    await expect(next).resolves.toMatchObject({ results: [{ value: ['open'], window: { start: 5 } }] });
  });

  it('D2: a store that throws at once counts the same', () => {
    const store = new MemoryStore();
    let fail = true;
    const failing: StateStore = {
      load: () => store.load(),
      commit: (commit) => {
        if (fail) throw new Error('the disk is full');
        store.commit(commit);
      },
    };
    const processor = new Processor(defined(), { store: failing });
    const batch = [record('open', 0), claim(15)];
    expect(() => processor.process(batch)).toThrow('the disk is full');
    fail = false;
    expect(processor.process(batch)).toMatchObject({ results: [{ value: ['open'] }] });
  });

  it('D2: a batch that breaks off in the middle leaves nothing that a later one would store', () => {
    const store = new MemoryStore();
    const processor = new Processor(defined(), { store });
    const broken = {
      type: 'watermark' as const,
      get now(): number {
        throw new Error('no clock');
      },
    };
    expect(() => processor.process([record('open', 0, 'a'), broken])).toThrow('no clock');
    processor.process([record('open', 0, 'b')]);
    expect(store.load().map(([key]) => key)).toEqual(['b']);
  });

  it('D1: a processor made anew goes on where the store stands', () => {
    const store = new MemoryStore();
    const run = (...inputs: Input<Mark>[]) => new Processor(defined(), { store }).process(inputs);
    run(record('x', 1));
    run(record('open', 0));
    const again = record('y', 2);
    run(again);
    expect(run(again)).toMatchObject({ dispositions: [{ kind: 'duplicate' }] });
    expect(run(claim(15))).toMatchObject({ results: [{ value: ['open', 'x', 'y'] }] });
    expect(run(record('z', 3))).toMatchObject({ late: [{ code: 'LATE', window: { state: ['open', 'x', 'y'] } }] });
  });

  it('D1, D10: commits write only what changed: a window and its key', () => {
    const commits: string[][] = [];
    const store: StateStore = {
      load: () => [],
      commit: ({ changes }) => {
        commits.push(
          [...changes].map(
            ([key, rows]) =>
              `${key}: ${rows === 'retired' ? rows : [...rows].map(([row, data]) => (data === undefined ? `-${row}` : row)).join(' ')}`,
          ),
        );
      },
    };
    const processor = new Processor(defined(), { store });
    for (const inputs of [
      [record('open', 0, 'a'), record('open', 0, 'b')],
      [record('x', 1, 'a')],
      [record('x', 20, 'a'), record('y', 21, 'a')],
      [record('open', 19, 'a')],
      [claim(14)],
      [claim(15)],
      [claim(115)],
    ]) {
      processor.process(inputs);
    }
    processor.process([claim(1_000)]);
    processor.process([{ type: 'watermark', now: 100 }]);
    expect(commits).toEqual([
      ['a: w0 key', 'b: w0 key'],
      ['a: w0 key'],
      ['a: q1 q2 key'],
      ['a: w3 -q1 -q2 key'],
      [],
      ['a: w0 key', 'b: w0 key'],
      ['a: w3 -w0 key', 'b: -w0 key'],
      ['a: -w3 key'],
      ['a: retired', 'b: retired'],
    ]);
  });

  it('D8: a key that is forgotten and comes back in one batch leaves nothing of its former life', () => {
    const store = new MemoryStore();
    const run = (...inputs: Input<Mark>[]) => new Processor(defined(), { store }).process(inputs);
    run(record('open', 0), { type: 'record', record: { key: 'k', value: { what: 'x' }, timestamp: 0, source: { id: 'e1' } }, now: 0 });
    run(claim(200), claim(200, 100), record('open', 300, 'k', 400));
    expect(store.load().map(([key, rows]) => [key, [...rows.keys()].sort()])).toEqual([['k', ['key', 'w0']]]);
    expect([...(store.load()[0]?.[1].values() ?? [])]).toMatchObject([{ start: 300 }, { counts: { folded: 1 } }]);
  });

  it('D9: what has migrated is stored whole with the next change of anything', () => {
    const store = new MemoryStore();
    new Processor(defined(), { store }).process([record('open', 0, 'a'), record('x', 1, 'a')]);
    const migrate = (state: unknown, from: number): Marks => [`from ${from}`, ...(state as Marks)];
    const next = defined({ version: 2, migrate });
    new Processor(next, { store }).process([record('open', 0, 'b')]);
    new Processor(next, { store }).process([record('open', 5, 'b')]);
    expect(new Processor(next, { store }).process([claim(100)])).toMatchObject({
      results: [{ value: ['from 1', 'open', 'x'] }, { value: ['open', 'open'] }],
    });
  });

  it('shows the state, loading it once, and writes nothing for that', async () => {
    const store = new SlowStore();
    const processor = new Processor(defined(), { store });
    const [state, same] = await Promise.all([processor.state(), processor.state(), processor.process([record('open', 0)])]);
    expect(state).toBe(same);
    expect(state.keys.get('k')?.open).toBe(1);
    expect(store.log).toEqual(['load', 'commit k', 'committed']);
    expect(await new Processor(defined(), { store }).state()).toMatchObject({ watermark: Number.NEGATIVE_INFINITY });
    expect(store.log.slice(3)).toEqual(['load']);
  });

  it('arms the timer also where the one who is told throws', () => {
    const log: string[] = [];
    const emit = () => {
      throw new Error('the listener threw');
    };
    const processor = new Processor(defined(), { emit, timer: timerInto(log) });
    expect(() => processor.process([record('open', 0)])).toThrow('the listener threw');
    expect(log).toEqual(['arm 15']);
  });

  it('without a store keeps its state as long as it lives', () => {
    const processor = new Processor(defined());
    processor.process([record('open', 0)]);
    expect(processor.process([claim(15)])).toMatchObject({ results: [{ value: ['open'] }] });
  });
});
