import { describe, expect, it, vi } from 'vitest';
import type { KeyChange, Output } from '../../src/ports.ts';
import { type Durability, openDatabase, openStore } from '../../src/stores/indexeddb.ts';
import { PART_CHARACTERS } from '../../src/stores/row-log.ts';
import { storeContract } from '../stores/contract.ts';
import { between, mulberry32 } from '../support/random.ts';
import { FakeDatabase } from './fake-database.ts';

const NOTHING: Output = { results: [], late: [], rejected: [], dispositions: [] };
const open = (database: FakeDatabase) => openDatabase('x', { use: database.use() });

function rowsIn(store: Awaited<ReturnType<typeof open>>) {
  return Object.fromEntries([...store.load()].map(([key, rows]) => [key, Object.fromEntries(rows)]));
}

storeContract('the IndexedDB store, over a model of IndexedDB', async () => {
  const database = new FakeDatabase();
  return { store: await open(database), reopen: () => open(database) };
});

storeContract('the IndexedDB store where there is no IndexedDB', async () => {
  const store = await openStore('x');
  return { store, reopen: () => store };
});

describe('the log in IndexedDB', () => {
  it('V1: gives back what was committed, whatever was cleaned in between, and stays within its bound', async () => {
    for (let seed = 1; seed <= 4; seed++) {
      const random = mulberry32(seed);
      const database = new FakeDatabase();
      const model = new Map<string, Map<string, unknown>>();
      let store = await open(database);
      for (let i = 0; i < 60; i++) {
        const changes = new Map<string, KeyChange>();
        for (let k = between(random, 0, 4); k > 0; k--) {
          const key = `k${between(random, 0, 12)}`;
          if (changes.has(key)) continue;
          const rows = model.get(key) ?? new Map<string, unknown>();
          if (random() < 0.15) {
            changes.set(key, 'retired');
            model.delete(key);
            continue;
          }
          const change = new Map<string, unknown>();
          for (let r = between(random, 1, 5); r > 0; r--) {
            change.set(`w${between(random, 0, 6)}`, random() < 0.3 ? undefined : [i, 'x'.repeat(between(random, 0, 60_000))]);
          }
          for (const [row, data] of change) {
            if (data === undefined) rows.delete(row);
            else rows.set(row, data);
          }
          model.set(key, rows);
          if (rows.size === 0) model.delete(key);
          changes.set(key, change);
        }
        await store.commit({ changes, output: NOTHING });
        if (random() < 0.2) store = await open(database);
        else if (i % 6 < 5) continue;
        expect(firstsOf(store.load()), `seed ${seed}, commit ${i}`).toEqual(firstsOf(model));
      }
      const live = JSON.stringify([...model].map(([, rows]) => [...rows])).length;
      const stored = lengthsOf(database).reduce((sum, length) => sum + length, 0);
      expect(stored, `seed ${seed}`).toBeLessThan(3 * live + 2 * PART_CHARACTERS);
    }
  });

  it('V1: is cleaned: rows that are written over again and again do not pile up, and one that never changes is kept', async () => {
    const database = new FakeDatabase();
    const store = await open(database);
    await store.commit({ changes: new Map([['still', new Map([['w0', 1]])]]), output: NOTHING });
    for (let i = 0; i < 500; i++) await store.commit({ changes: new Map([['hot', new Map([['w0', 'x'.repeat(10_000 + i)]])]]), output: NOTHING });
    expect(lengthsOf(database).reduce((sum, length) => sum + length, 0)).toBeLessThan(1.2 * PART_CHARACTERS);
    expect(rowsIn(await open(database))).toEqual({ still: { w0: 1 }, hot: { w0: 'x'.repeat(10_499) } });
  });

  it('V1: writes a commit that is very large in parts, in one transaction', async () => {
    const database = new FakeDatabase();
    const store = await open(database);
    const rows = new Map(Array.from({ length: 50 }, (_, i): [string, unknown] => [`w${i}`, 'x'.repeat(100_000)]));
    await store.commit({ changes: new Map([['k', rows]]), output: NOTHING });
    expect([database.commits, database.parts.size]).toEqual([1, 5]);
    expect(Math.max(...lengthsOf(database))).toBeLessThan(PART_CHARACTERS + 110_000);
    expect(rowsIn(await open(database))).toEqual({ k: Object.fromEntries(rows) });
  });

  it('V1: is cleaned a little with each commit, however much there is to clean', async () => {
    const database = new FakeDatabase();
    const store = await open(database);
    const keys = Array.from({ length: 10 }, (_, i) => `k${i}`);
    for (const key of keys) await store.commit({ changes: new Map([[key, new Map([['w0', 'x'.repeat(PART_CHARACTERS)]])]]), output: NOTHING });
    await store.commit({ changes: new Map(keys.map((key) => [key, 'retired'])), output: NOTHING });
    expect(database.parts.size).toBe(10);
    for (let i = 0; i < 8; i++) await store.commit({ changes: new Map([['k', new Map([['w0', i]])]]), output: NOTHING });
    expect(lengthsOf(database).filter((length) => length > 1_000)).toHaveLength(1);
    expect(rowsIn(await open(database))).toEqual({ k: { w0: 7 } });
  });

  it('V1, D9: what a later release wrote is left alone', async () => {
    const database = new FakeDatabase();
    database.parts.set(0, [2, 0, 'k', 'key', '1']);
    await expect(open(database)).rejects.toMatchObject({ code: 'STATE_VERSION' });
    expect([...database.parts]).toEqual([[0, [2, 0, 'k', 'key', '1']]]);
  });
});

describe('a store that cannot go on in IndexedDB', () => {
  const change = (n: number) => ({ changes: new Map([['k', new Map([[`w${n}`, n]])]]), output: NOTHING });

  it('V2: is in memory, and says why, where there is none, and where it cannot be opened or read', async () => {
    const absent = await openStore('x');
    expect(absent.durability).toEqual({ kind: 'memory', why: expect.stringContaining('indexedDB is not defined') });
    const refused = await openDatabase('x', { use: () => Promise.reject(new Error('A mutation operation was attempted on a database')) });
    expect(refused.durability).toEqual({ kind: 'memory', why: expect.stringContaining('A mutation operation') });
    await refused.commit(change(0));
    expect(rowsIn(refused)).toEqual({ k: { w0: 0 } });
    const database = new FakeDatabase();
    database.parts.set(0, 7);
    expect((await open(database)).durability.kind).toBe('memory');
  });

  it('V2: goes over to memory at a commit that fails, with all its state, and says so once', async () => {
    for (const fail of ['aborted', 'thrown'] as const) {
      const database = new FakeDatabase();
      const onMemory = vi.fn<(durability: Durability) => void>();
      const use = database.use();
      let full = false;
      const store = await openDatabase('x', {
        onMemory,
        use: (mode, callback) =>
          use(mode, (objects) => {
            if (full && fail === 'thrown') objects.add = () => raise('QuotaExceededError: full');
            return callback(objects);
          }),
      });
      await store.commit(change(0));
      full = true;
      if (fail === 'aborted') database.beforeCommit = () => raise('QuotaExceededError: full');
      await store.commit(change(1));
      database.beforeCommit = () => undefined;
      await store.commit(change(2));
      expect(rowsIn(store)).toEqual({ k: { w0: 0, w1: 1, w2: 2 } });
      expect(onMemory.mock.calls).toEqual([[{ kind: 'memory', why: expect.stringContaining('QuotaExceededError: full') }]]);
      expect(store.durability.kind).toBe('memory');
      expect(rowsIn(await open(database))).toEqual({ k: { w0: 0 } });
    }
  });
});

describe('the outbox', () => {
  const output = (...results: string[]) => ({ changes: new Map(), output: { ...NOTHING, results: results as never } });
  const openBox = async (database: FakeDatabase) => {
    const store = await open(database);
    store.outboxOf = (commit) => commit.output.results;
    return store;
  };

  it('V3, D6: holds what was committed until it is told, in order, across openings; a number is never used again', async () => {
    const database = new FakeDatabase();
    const first = await openBox(database);
    await first.commit(output('a', 'b'));
    await first.commit(output('c'));
    const { life } = first.take(0);
    expect(first.take(2)).toEqual({ life, seq: 1, list: ['a', 'b'] });
    const again = await openBox(database);
    expect(again.take(2)).toEqual({ life, seq: 1, list: ['a', 'b'] });
    await again.commit(output());
    expect(again.take(10)).toEqual({ life, seq: 3, list: ['c'] });
    const last = await openBox(database);
    expect(last.take(10)).toEqual({ life, seq: 3, list: ['c'] });
    await last.commit(output('d'));
    expect((await openBox(database)).take(10)).toEqual({ life, seq: 4, list: ['d'] });
    last.take(10);
    await last.commit(output());
    expect((await openBox(database)).take(10)).toEqual({ life, seq: 5, list: [] });
    expect(rowsIn(last)).toEqual({});
  });

  it('V3: is in order past the tenth', async () => {
    const database = new FakeDatabase();
    const letters = 'abcdefghijklmnopqrstuvwxyz'.split('');
    await (await openBox(database)).commit(output(...letters));
    expect((await openBox(database)).take(100).list).toEqual(letters);
  });

  it('V3, D2: a commit that fails posts nothing', async () => {
    const store = await openBox(new FakeDatabase());
    await store.commit(output('a'));
    const broken = { toJSON: () => raise('no JSON') } as never;
    await expect((async () => store.commit(output('b', broken)))()).rejects.toThrow('no JSON');
    await store.commit(output('c'));
    expect(store.take(10)).toMatchObject({ seq: 1, list: ['a', 'c'] });
  });

  it('V3, V2: counts anew from where it is in memory: who reads what is stored does not know these', async () => {
    const database = new FakeDatabase();
    const store = await openBox(database);
    await store.commit(output('a'));
    const { life } = store.take(1);
    database.beforeCommit = () => raise('full');
    await store.commit(output('b'));
    const untold = store.take(1);
    expect(untold).toMatchObject({ seq: 2, list: ['b'] });
    expect(untold.life).not.toBe(life);
  });
});

/** How many characters each part has, about. */
function lengthsOf(database: FakeDatabase): number[] {
  return [...database.parts.values()].map((part) => (part as unknown[]).join().length);
}

/** Of each row the first item of its data, which says when it was put. */
function firstsOf(keys: Iterable<readonly [string, Map<string, unknown>]>): string[] {
  return [...keys].flatMap(([key, rows]) => [...rows].map(([row, data]) => `${key} ${row} ${(data as unknown[])[0]}`)).sort();
}

function raise(message: string): never {
  throw new Error(message);
}
