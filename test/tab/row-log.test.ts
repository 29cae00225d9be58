import { expect, it } from 'vitest';
import type { KeyChange } from '../../src/ports.ts';
import { PART_CHARACTERS, type RowLog, rowLog, type StoredPart, type Written } from '../../src/stores/row-log.ts';
import { between, mulberry32, pick, type Random } from '../support/random.ts';

type Rows = Map<string, Map<string, unknown>>;
type Parts = Map<number, StoredPart>;

const ODD = ['a', '__proto__', 'constructor', '\ud800', '\u0000"\\', 'ключ', 'k'];

function restored(parts: Parts): RowLog {
  const log = rowLog();
  for (const [, part] of [...parts].sort(([a], [b]) => a - b)) log.restore(part);
  return log;
}

function rowsOf(log: RowLog): Rows {
  return new Map([...log.keys()].map((key) => [key, log.rowsOf(key)]));
}

/** Some keys put, cut and retired, of which one half stays as it is for long. */
function someChanges(random: Random, i: number): Map<string, KeyChange> {
  const changes = new Map<string, KeyChange>();
  for (let k = between(random, 0, 5); k > 0; k--) {
    const key = `${pick(
      random,
      ODD.map((odd): [number, string] => [1, odd]),
    )}${random() < 0.1 ? 'cold' : ''}`;
    if (random() < 0.15) changes.set(key, 'retired');
    else {
      const row = (): [string, unknown] => [
        `${pick(random, [
          [3, 'w'],
          [1, 'i__proto__'],
        ])}${between(random, 0, 5)}`,
        random() < 0.3 ? undefined : { i, odd: '\ud800é', text: 'x'.repeat(between(random, 0, 40_000)) },
      ];
      changes.set(key, new Map(Array.from({ length: between(random, 1, 5) }, row)));
    }
  }
  return changes;
}

function change(rows: Rows, changes: ReadonlyMap<string, KeyChange>): void {
  for (const [key, changed] of changes) {
    const own = changed === 'retired' ? new Map<string, unknown>() : (rows.get(key) ?? new Map<string, unknown>());
    if (changed !== 'retired') for (const [row, data] of changed) data === undefined ? own.delete(row) : own.set(row, data);
    if (own.size > 0) rows.set(key, own);
    else rows.delete(key);
  }
}

function write(parts: Parts, { puts, deletes }: Written): void {
  for (const part of puts) {
    const [, n] = part;
    expect(parts.has(n), `part ${n} is new`).toBe(false);
    parts.set(n, part);
  }
  for (const n of deletes) expect(parts.delete(n), `part ${n} was there`).toBe(true);
}

const sizeOf = ([, , ...texts]: StoredPart): number => texts.reduce((sum, text) => sum + (text?.length ?? 0), 0);
const lengthOf = (parts: Parts): number => [...parts.values()].reduce((sum, part) => sum + sizeOf(part), 0);

it('V1: a log says what a plain map says, whatever was committed, whatever commits were lost in a crash, and whatever was cleaned', () => {
  let cleaned = 0;
  for (let seed = 1; seed <= 10; seed++) {
    const random = mulberry32(seed);
    const parts: Parts = new Map();
    const rows: Rows = new Map();
    let log = rowLog();
    for (let i = 0; i < 100; i++) {
      const changes = someChanges(random, i);
      const written = log.commit(changes);
      if (random() < 0.1) log = restored(parts);
      else {
        write(parts, written);
        cleaned += written.deletes.length;
        change(rows, changes);
        if (random() < 0.1) log = restored(parts);
      }
      if (i % 20 === 0) expect(rowsOf(log), `seed ${seed}, commit ${i}`).toEqual(rows);
    }
    expect(rowsOf(restored(parts)), `seed ${seed}`).toEqual(rows);
  }
  expect(cleaned).toBeGreaterThan(100);
});

it('V1: is cleaned beyond three times what stands in it: a little by each commit, down to that, also after much was deleted at once', () => {
  const parts: Parts = new Map();
  const log = rowLog();
  const commit = (changes: Map<string, KeyChange>): number => {
    const before = new Set(parts.keys());
    write(parts, log.commit(changes));
    return [...parts].reduce((sum, [n, part]) => sum + (before.has(n) ? 0 : sizeOf(part)), 0);
  };
  const cold = Array.from({ length: 600 }, (_, i) => `c${i}`);
  for (const key of cold) commit(new Map([[key, new Map([['w0', 'x'.repeat(10_000)]])]]));
  const live = lengthOf(parts);
  const hot = new Map([['h', new Map([['w0', 'y'.repeat(50_000)]])]]);
  let most = 0;
  for (let i = 0; i < 1_000; i++) {
    expect(commit(hot)).toBeLessThan(5 * 50_100 + PART_CHARACTERS);
    most = Math.max(most, lengthOf(parts));
  }
  expect(most).toBeLessThan(3.25 * live + 2 * PART_CHARACTERS);
  commit(new Map(cold.map((key) => [key, 'retired'])));
  for (let i = 0; i < 600; i++) commit(new Map([['h', new Map([['w1', i]])]]));
  expect(lengthOf(parts)).toBeLessThan(2 * PART_CHARACTERS);
  expect([...restored(parts).keys()]).toEqual(['h']);
});
