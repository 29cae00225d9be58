import type { StreamRecord } from '../src/core/record.ts';
import { bytesOf } from '../src/protocol/codec.ts';
import { least } from '../src/timers/alarm.ts';
import { backOff } from './schedule.ts';
import type { Table } from './table.ts';

/** What a customer would have been given: a record and the watermark in force at its place, or word that offsets before it were lost. */
export interface ParkedItem {
  readonly record?: StreamRecord;
  readonly watermark: number | null;
}

interface Failing extends Record<string, SqlStorageValue> {
  key: string;
  /** When it failed first, of all the times in a row. `retry_at`: when it is tried again, where it is parked; else when it failed last. */
  since: number;
  attempts: number;
  retry_at: number;
  parked: 0 | 1;
}

/** How long a customer may fail before it is parked, and what its partition keeps of those that are, at most (D11). */
export const PARK_AFTER_MS = 30_000;
export const PARKED_ITEMS = 10_000;
export const PARKED_BYTES = 64 * 1_048_576;

/** Failures further apart than this are not in a row: tries are at most half of it apart. */
const IN_A_ROW_MS = 60_000;

/** What one call to a customer takes of its queue. */
const A_CALL = 500;
const A_CALL_BYTES = 2 * 1_048_576;

/** The customers of a partition that fail, and the queues of those that have for so long that they are parked (D11). */
export class Parking {
  static readonly SCHEMA = [
    'CREATE TABLE IF NOT EXISTS failing (key TEXT PRIMARY KEY, since INTEGER NOT NULL, attempts INTEGER NOT NULL, retry_at INTEGER NOT NULL, parked INTEGER NOT NULL) STRICT, WITHOUT ROWID',
    'CREATE TABLE IF NOT EXISTS parked (n INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL, bytes INTEGER NOT NULL, data TEXT NOT NULL) STRICT',
  ];

  readonly #table: Table;
  readonly #failing = new Map<string, Failing>();
  /** Of all queues together. */
  items = 0;
  bytes = 0;

  constructor(table: Table) {
    this.#table = table;
    this.count();
  }

  /** How many customers are parked. */
  get customers(): number {
    let parked = 0;
    for (const failing of this.#failing.values()) parked += failing.parked;
    return parked;
  }

  /** Those that are parked. */
  keys(): string[] {
    return [...this.#failing.values()].filter(({ parked }) => parked === 1).map(({ key }) => key);
  }

  isParked(key: string): boolean {
    return this.#failing.get(key)?.parked === 1;
  }

  /** Customers have failed: since when, is remembered. */
  failed(keys: Iterable<string>, now: number): void {
    for (const key of keys) {
      const known = this.#failing.get(key);
      if (known?.parked === 1) continue;
      const goesOn = known !== undefined && now <= known.retry_at + IN_A_ROW_MS;
      this.#put({ key, since: goesOn ? known.since : now, attempts: 0, retry_at: now, parked: 0 });
    }
  }

  /** Whether a customer has failed for so long that it may be parked. */
  mayPark(key: string, now: number): boolean {
    const failing = this.#failing.get(key);
    return failing !== undefined && failing.since + PARK_AFTER_MS <= now;
  }

  /** Whether so much more has room. */
  hasRoom(items: readonly ParkedItem[]): boolean {
    return this.items + items.length <= PARKED_ITEMS && this.bytes + items.reduce((sum, item) => sum + sizeOf(item), 0) <= PARKED_BYTES;
  }

  /** Puts items at the end of a customer's queue; from now on it is parked. */
  park(key: string, items: readonly ParkedItem[], now: number): void {
    const failing = this.#failing.get(key) ?? { key, since: now, attempts: 0, retry_at: now, parked: 0 };
    if (failing.parked === 0) this.#put({ ...failing, attempts: 1, retry_at: now + backOff(1), parked: 1 });
    for (const item of items) {
      const bytes = sizeOf(item);
      this.#table.write('INSERT INTO parked (key, bytes, data) VALUES (?, ?, ?)', key, bytes, JSON.stringify(item));
      this.items += 1;
      this.bytes += bytes;
    }
  }

  /** A parked customer has failed again: it is tried later. */
  retryLater(key: string, now: number): void {
    const failing = this.#failing.get(key);
    if (failing === undefined) return;
    const attempts = failing.attempts + 1;
    this.#put({ ...failing, attempts, retry_at: now + backOff(attempts) });
  }

  /** Parked customers that are to be tried again by now. */
  due(now: number): string[] {
    return [...this.#failing.values()].filter((failing) => failing.parked === 1 && failing.retry_at <= now).map(({ key }) => key);
  }

  retryAt(): number | undefined {
    return least(...[...this.#failing.values()].filter(({ parked }) => parked === 1).map(({ retry_at }) => retry_at));
  }

  /** The front of a customer's queue, as much as one call takes: lost offsets stand first or not at all. `upTo` is for `taken`. */
  front(key: string): { readonly items: readonly ParkedItem[]; readonly upTo: number; readonly isAll: boolean } {
    const items: ParkedItem[] = [];
    let [upTo, size] = [0, 0];
    for (const row of this.#table.each<{ n: number; bytes: number; data: string }>(
      'SELECT n, bytes, data FROM parked WHERE key = ? ORDER BY n',
      key,
    )) {
      const item = JSON.parse(row.data) as ParkedItem;
      size += row.bytes;
      if (items.length > 0 && (item.record === undefined || items.length === A_CALL || size > A_CALL_BYTES)) return { items, upTo, isAll: false };
      items.push(item);
      upTo = row.n;
    }
    return { items, upTo, isAll: true };
  }

  /** The front of the queue is stored by its customer. */
  taken(key: string, upTo: number): void {
    const [row] = this.#table.rows<{ items: number; bytes: number }>(
      'SELECT count(*) AS items, total(bytes) AS bytes FROM parked WHERE key = ? AND n <= ?',
      key,
      upTo,
    );
    this.#table.write('DELETE FROM parked WHERE key = ? AND n <= ?', key, upTo);
    this.items -= row?.items ?? 0;
    this.bytes -= row?.bytes ?? 0;
  }

  /** Customers have answered, and nothing of theirs is in the queue. */
  recovered(keys: Iterable<string>): void {
    if (this.#failing.size === 0) return;
    for (const key of keys) if (this.#failing.delete(key)) this.#table.write('DELETE FROM failing WHERE key = ?', key);
  }

  /** Counts anew what is stored. */
  count(): void {
    this.#failing.clear();
    for (const failing of this.#table.rows<Failing>('SELECT * FROM failing')) this.#failing.set(failing.key, failing);
    const [row] = this.#table.rows<{ items: number; bytes: number }>('SELECT count(*) AS items, total(bytes) AS bytes FROM parked');
    this.items = row?.items ?? 0;
    this.bytes = row?.bytes ?? 0;
  }

  #put(failing: Failing): void {
    const { key, since, attempts, retry_at, parked } = failing;
    this.#table.write(
      'INSERT OR REPLACE INTO failing (key, since, attempts, retry_at, parked) VALUES (?, ?, ?, ?, ?)',
      ...[key, since, attempts, retry_at, parked],
    );
    this.#failing.set(key, failing);
  }
}

function sizeOf(item: ParkedItem): number {
  return bytesOf(JSON.stringify(item));
}
