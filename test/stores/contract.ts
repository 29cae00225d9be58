import { describe, expect, it } from 'vitest';
import type { Rows } from '../../src/core/snapshot.ts';
import type { Input } from '../../src/core/step.ts';
import type { Awaitable, KeyChange, Output, StateStore } from '../../src/ports.ts';
import { Processor } from '../../src/processor.ts';
import { defined, type Mark } from '../support/ledger.ts';

/** A new store, and the way to what it left behind: `reopen` gives a store over the same data, with nothing of the former one in memory. */
export interface StoreUnderTest {
  readonly store: StateStore;
  reopen(): Awaitable<StateStore>;
}

export interface StoreContractOptions {
  /** The one key of a store that holds a single one; default: it holds any. */
  readonly onlyKey?: string;
}

const NOTHING: Output = { results: [], late: [], rejected: [], dispositions: [] };

const KEY_ROW = {
  version: 1,
  topology: 1,
  counts: { folded: 1, late: 0, rejected: 0, duplicate: 0 },
  positions: [['log/0/', '3']],
  watermark: null,
  claimed: 5,
  nextOrdinal: 2,
  touched: 7,
};
const WINDOW_ROW = {
  id: 't',
  start: 0,
  end: 10,
  closesAt: 15,
  ordinal: 0,
  state: ['open', '\u{1f980} "\n\u0000'],
  sources: { first: [], count: 1 },
  revision: 0,
};
const WAITING_ROW = { ordinal: 1, record: { key: 'k', value: { what: 'x' }, timestamp: 20 }, until: 25, since: null };

/** What every `StateStore` must do. */
export function storeContract(name: string, make: () => Awaitable<StoreUnderTest>, { onlyKey }: StoreContractOptions = {}): void {
  const k = onlyKey ?? 'k';

  async function rowsIn(store: StateStore): Promise<Record<string, Record<string, unknown>>> {
    const loaded = [...(await store.load())];
    return Object.fromEntries(loaded.map(([key, rows]) => [key, Object.fromEntries(rows)]));
  }

  function commit(store: StateStore, changes: Record<string, KeyChange | Record<string, unknown>>): Awaitable<void> {
    const maps = Object.entries(changes).map(([key, rows]): [string, KeyChange] => [
      key,
      rows === 'retired' || rows instanceof Map ? rows : new Map(Object.entries(rows)),
    ]);
    return store.commit({ changes: new Map(maps), output: NOTHING });
  }

  describe(`${name}, as a store`, () => {
    it('D1: holds nothing at first, and nothing after it was asked', async () => {
      const { store, reopen } = await make();
      expect(await rowsIn(store)).toEqual({});
      expect(await rowsIn(await reopen())).toEqual({});
    });

    it('D1: gives back what was committed, at once and after it is opened again', async () => {
      const { store, reopen } = await make();
      const rows = { key: KEY_ROW, w0: WINDOW_ROW, q1: WAITING_ROW, 'ie1 / "\u{1f980}': 99 };
      await commit(store, { [k]: rows });
      expect(await rowsIn(store)).toEqual({ [k]: rows });
      expect(await rowsIn(await reopen())).toEqual({ [k]: rows });
    });

    it('D10: a commit changes the rows that it names: puts, puts over, deletes; the others stay', async () => {
      const { store, reopen } = await make();
      await commit(store, { [k]: { key: KEY_ROW, w0: WINDOW_ROW, q1: WAITING_ROW } });
      const closed = { ...WINDOW_ROW, closed: { by: 'watermark', freeFrom: 10 } };
      await commit(store, { [k]: { w0: closed, q1: undefined, q2: { ...WAITING_ROW, ordinal: 2 }, q9: undefined } });
      const rows = { key: KEY_ROW, w0: closed, q2: { ...WAITING_ROW, ordinal: 2 } };
      expect(await rowsIn(store)).toEqual({ [k]: rows });
      expect(await rowsIn(await reopen())).toEqual({ [k]: rows });
    });

    it('D8: a retired key is gone with every row of it, and can come back', async () => {
      const { store, reopen } = await make();
      await commit(store, { [k]: { key: KEY_ROW, w0: WINDOW_ROW } });
      await commit(store, { [k]: 'retired' });
      expect(await rowsIn(store)).toEqual({});
      expect(await rowsIn(await reopen())).toEqual({});
      await commit(store, { [k]: { key: KEY_ROW } });
      expect(await rowsIn(await reopen())).toEqual({ [k]: { key: KEY_ROW } });
    });

    it('D1: a commit of nothing changes nothing', async () => {
      const { store, reopen } = await make();
      await commit(store, {});
      expect(await rowsIn(await reopen())).toEqual({});
      await commit(store, { [k]: { key: KEY_ROW } });
      await commit(store, {});
      expect(await rowsIn(await reopen())).toEqual({ [k]: { key: KEY_ROW } });
    });

    it('D1: rows are copies: neither who gave them nor who got them can change what is stored', async () => {
      const { store } = await make();
      const given = structuredClone(WINDOW_ROW) as { state: string[] };
      await commit(store, { [k]: { key: KEY_ROW, w0: given } });
      given.state.push('changed');
      const [[, rows] = ['', new Map() as Rows]] = [...(await store.load())];
      (rows.get('w0') as { state: string[] }).state.push('changed too');
      rows.clear();
      expect(await rowsIn(store)).toEqual({ [k]: { key: KEY_ROW, w0: WINDOW_ROW } });
    });

    it('D2: a commit that fails throws, and leaves what was there', async () => {
      const { store, reopen } = await make();
      await commit(store, { [k]: { key: KEY_ROW, w0: WINDOW_ROW } });
      const broken = {
        ...WINDOW_ROW,
        get state(): never {
          throw new Error('not to be read');
        },
      };
      const failing = async () => commit(store, { [k]: { key: { ...KEY_ROW, touched: 1_000 }, q1: WAITING_ROW, w0: broken } });
      await expect(failing()).rejects.toThrow('not to be read');
      expect(await rowsIn(store)).toEqual({ [k]: { key: KEY_ROW, w0: WINDOW_ROW } });
      expect(await rowsIn(await reopen())).toEqual({ [k]: { key: KEY_ROW, w0: WINDOW_ROW } });
    });

    it('R6: a processor over it says the same as one in memory, also when both it and the store are opened again for every input', async () => {
      const inputs = story(k);
      const memory = new Processor(defined());
      const { store, reopen } = await make();
      const lasting = new Processor(defined(), { store });
      const reopened = await make();
      for (const input of inputs) {
        const expected = await memory.process([input]);
        expect(await lasting.process([input])).toEqual(expected);
        expect(await new Processor(defined(), { store: await reopened.reopen() }).process([input])).toEqual(expected);
      }
      expect(await rowsIn(await reopened.reopen())).toEqual(await rowsIn(await reopen()));
    });

    it.skipIf(onlyKey !== undefined)('D2: a commit is one, over all its keys', async () => {
      const { store, reopen } = await make();
      await commit(store, { a: { key: KEY_ROW, w0: WINDOW_ROW }, '\u{1f980}': { key: KEY_ROW }, '10': { key: KEY_ROW }, '9': { key: KEY_ROW } });
      await commit(store, { a: 'retired', '9': { w0: WINDOW_ROW } });
      const rows = { '\u{1f980}': { key: KEY_ROW }, '10': { key: KEY_ROW }, '9': { key: KEY_ROW, w0: WINDOW_ROW } };
      expect(await rowsIn(store)).toEqual(rows);
      const broken = {
        get state(): never {
          throw new Error('not to be read');
        },
      };
      await expect((async () => commit(store, { '9': 'retired', b: { key: KEY_ROW }, c: { w0: broken } }))()).rejects.toThrow('not to be read');
      expect(await rowsIn(store)).toEqual(rows);
      expect(await rowsIn(await reopen())).toEqual(rows);
    });
  });
}

/** Everything that a key can go through: windows of two ids, waiting, closing by a condition and by the watermark, lateness, duplicates, forgetting, a second life. */
function story(key: string): Input<Mark>[] {
  let offset = 0;
  const record = (what: string, timestamp: number, watermark: number, now = timestamp): Input<Mark> => {
    const [mark = '', id] = what.split('/');
    const source = mark === 'posted' ? { id: 'e1' } : { topic: 'log', partition: 0, offset: String(offset++), incarnation: 'a' };
    return { type: 'record', record: { key, value: { what: mark, ...(id === undefined ? {} : { id }) }, timestamp, source }, now, watermark };
  };
  const posted = record('posted', 3, 0);
  return [
    record('x', 2, 0),
    record('open', 1, 0),
    posted,
    posted,
    record('open/t', 4, 0),
    record('throw/t', 5, 0),
    record('stop/t', 6, 0),
    record('y/t', 7, 0),
    record('z/u', 7, 0),
    { type: 'gap', now: 7 },
    { type: 'watermark', watermark: 16, now: 16 },
    record('late', 5, 16),
    { type: 'watermark', watermark: 300, now: 300 },
    record('open', 301, 300, 600),
    { type: 'release', now: 1_000 },
    record('open', 1_000, 900),
    { type: 'watermark', watermark: 5_000, now: 5_000 },
    { type: 'watermark', watermark: 6_000, now: 6_000 },
  ];
}
