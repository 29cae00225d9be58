import type { DurableObjectStorage } from '@cloudflare/workers-types';
import { statements } from './statements.ts';

/** Rows of JSON text by name: put, or deleted (`undefined`). */
export type RowChanges = ReadonlyMap<string, string | undefined>;

/** The one row that holds all others while they are small. */
const PACK = 'all';
/** Most characters of names and texts that are packed. Rows that were spread are packed again below half of it, when the object wakes. */
const MOST_PACKED = 16_384;

/**
 * Named rows of JSON text in an object's SQLite. Every row that is written is billed, so as long as they are small they stand together in one; beyond that each
 * stands by itself, and a change writes only what it names. Nothing is written before the first change.
 */
export class RowFile {
  readonly #storage: DurableObjectStorage;
  #exists: boolean;
  /** Whether each row stands by itself. */
  #spread = false;
  /** All rows, where they are small. */
  #rows: Map<string, string> | undefined = new Map();

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
    this.#exists = storage.sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'state'").toArray().length > 0;
    this.reload();
  }

  /** Whether there is a table: not before the first change. */
  get exists(): boolean {
    return this.#exists;
  }

  /** Reads anew what is stored. @throws where it cannot be read. */
  reload(): void {
    if (!this.#exists) return;
    const { sql } = this.#storage;
    const pack = sql.exec<{ data: string }>('SELECT data FROM state WHERE row = ?', PACK).toArray()[0];
    const { size } = sql.exec<{ size: number | null }>('SELECT sum(length(row) + length(data)) AS size FROM state').one();
    this.#spread = pack === undefined;
    if (pack !== undefined) this.#rows = unpacked(pack.data);
    else this.#rows = (size ?? 0) <= MOST_PACKED / 2 ? new Map(this.#select('', '\u{10ffff}')) : undefined;
  }

  get(name: string): string | undefined {
    if (this.#rows !== undefined) return this.#rows.get(name);
    return this.#storage.sql.exec<{ data: string }>('SELECT data FROM state WHERE row = ?', name).toArray()[0]?.data;
  }

  /** Rows with names in `[from, to)`, in the order of the names. */
  range(from: string, to: string): [name: string, text: string][] {
    if (this.#rows === undefined) return this.#select(from, to);
    const found = [...this.#rows].filter(([name]) => name >= from && name < to);
    return found.sort(([a], [b]) => (a < b ? -1 : 1));
  }

  /** Makes changes in one transaction, together with `also`. @throws what SQLite throws; then nothing is changed. */
  write(changes: RowChanges, also?: () => void): void {
    const after = this.#rows === undefined ? undefined : changed(this.#rows, changes);
    const rows = after !== undefined && sizeOf(after) <= MOST_PACKED ? after : undefined;
    // One statement is a transaction by itself.
    if (rows !== undefined && rows.size > 0 && this.#exists && !this.#spread && also === undefined) this.#put([[PACK, packed(rows)]]);
    else this.#storage.transactionSync(() => this.#rewrite(changes, after, rows, also));
    this.#exists = true;
    this.#spread = rows === undefined;
    this.#rows = rows;
  }

  /** Deletes every row. */
  clear(): void {
    this.#storage.sql.exec('DELETE FROM state');
    this.#spread = false;
    this.#rows = new Map();
  }

  /** All storage of the object was deleted. */
  deleted(): void {
    this.#exists = false;
    this.#spread = false;
    this.#rows = new Map();
  }

  #select(from: string, to: string): [string, string][] {
    const found = this.#storage.sql.exec<{ row: string; data: string }>(
      'SELECT row, data FROM state WHERE row >= ? AND row < ? ORDER BY row',
      from,
      to,
    );
    return found.toArray().map(({ row, data }) => [row, data]);
  }

  /** `after`: all rows as they will be, where they are in memory; `together`: the same where they will stand in one. */
  #rewrite(changes: RowChanges, after: RowChanges | undefined, together: ReadonlyMap<string, string> | undefined, also?: () => void): void {
    const { sql } = this.#storage;
    if (!this.#exists) sql.exec('CREATE TABLE state (row TEXT PRIMARY KEY, data TEXT NOT NULL) STRICT, WITHOUT ROWID');
    also?.();
    if (after === undefined || (this.#spread && together === undefined)) return this.#put(changes);
    if (this.#spread || together === undefined || together.size === 0) sql.exec('DELETE FROM state');
    if (together === undefined) this.#put(after);
    else if (together.size > 0) this.#put([[PACK, packed(together)]]);
  }

  #put(changes: Iterable<readonly [string, string | undefined]>): void {
    const { sql } = this.#storage;
    const puts: (readonly [name: string, text: string])[] = [];
    for (const [name, text] of changes) {
      if (text === undefined) sql.exec('DELETE FROM state WHERE row = ?', name);
      else puts.push([name, text]);
    }
    for (const { query, bindings } of statements((values) => `INSERT OR REPLACE INTO state (row, data) VALUES ${values}`, puts))
      sql.exec(query, ...bindings);
  }
}

function changed(rows: ReadonlyMap<string, string>, changes: RowChanges): Map<string, string> {
  const after = new Map(rows);
  for (const [name, text] of changes) {
    if (text === undefined) after.delete(name);
    else after.set(name, text);
  }
  return after;
}

function sizeOf(rows: ReadonlyMap<string, string>): number {
  let size = 0;
  for (const [name, text] of rows) size += name.length + text.length;
  return size;
}

function packed(rows: ReadonlyMap<string, string>): string {
  return `{${[...rows].map(([name, text]) => `${JSON.stringify(name)}:${text}`).join()}}`;
}

function unpacked(pack: string): Map<string, string> {
  const rows = JSON.parse(pack) as Record<string, unknown>;
  return new Map(Object.entries(rows).map(([name, row]) => [name, JSON.stringify(row)]));
}
