import { NEVER } from '../src/core/window.ts';
import type { LiveWindow } from '../src/protocol/live.ts';
import type { Deadline } from '../src/stores/durable-object.ts';
import { statements } from '../src/stores/statements.ts';
import type { Table } from './table.ts';

interface DeadlineRow extends Record<string, SqlStorageValue> {
  at: number;
  key: string;
  ordinal: number;
  id: string | null;
  start: number | null;
  end: number | null;
  status: string | null;
}

type Name = { readonly at: number; readonly key: string; readonly ordinal: number };

type Row = readonly [at: number, key: string, ordinal: number, id: string | null, start: number | null, end: number | null, status: string | null];

/** How many names of rows that are there are kept in memory, so that a row is put without asking for it. */
const MOST_KNOWN = 20_000;

/** Which deadlines: `maxHold` lets go of windows, not of what waits. */
export type Kind = 'everything' | 'windows';
const AND_IS: Record<Kind, string> = { everything: '', windows: ' AND id IS NOT NULL' };

const COLUMNS = 'at, key, ordinal, id, start, "end", status';
const inserting = (values: string): string => `INSERT OR IGNORE INTO deadlines (${COLUMNS}) VALUES ${values}`;
const replacing = (values: string): string => `INSERT OR REPLACE INTO deadlines (${COLUMNS}) VALUES ${values}`;
const deleting = (values: string): string => `DELETE FROM deadlines WHERE (at, key, ordinal) IN (VALUES ${values}) RETURNING *`;

/** Where a listing of deadlines goes on. */
export interface Cursor {
  readonly at: number;
  readonly key: string;
  readonly ordinal: number;
}

export const FIRST: Cursor = { at: -1, key: '', ordinal: -1 };

/**
 * The open windows, waiting records and suppressed changes of a partition's customers, in the order in which they fall due, in one table without an index beside it: each row is written
 * once.
 */
export class Deadlines {
  static readonly SCHEMA =
    'CREATE TABLE IF NOT EXISTS deadlines (at INTEGER, key TEXT, ordinal INTEGER, id TEXT, start INTEGER, "end" INTEGER, status TEXT, PRIMARY KEY (at, key, ordinal)) STRICT, WITHOUT ROWID';

  readonly #table: Table;
  /** Names of rows that are there; not of all. */
  readonly #known = new Set<string>();
  /** Open windows, waiting records and suppressed changes now. */
  open = 0;
  waiting = 0;
  suppressed = 0;

  constructor(table: Table) {
    this.#table = table;
    this.count();
  }

  /** Takes what customers say of theirs, of each deadline once. Gives the windows that stood here, and of which all that is told is that they do so no more. */
  put(told: readonly (readonly [key: string, deadline: Deadline])[]): Omit<LiveWindow, 'held'>[] {
    const known: Row[] = [];
    const fresh: Record<'open' | 'waiting' | 'suppressed', Row[]> = { open: [], waiting: [], suppressed: [] };
    const gone: Name[] = [];
    const forgotten = new Set<string>();
    for (const [key, { at, ordinal, open, window }] of told) {
      const row: Row = [at, key, ordinal, window?.id ?? null, window?.start ?? null, window?.end ?? null, window?.status ?? null];
      if (!open) {
        gone.push({ at, key, ordinal });
        if (window === undefined) forgotten.add(nameOf({ at, key, ordinal }));
      } else if (this.#known.has(nameOf({ at, key, ordinal }))) known.push(row);
      else fresh[kindOf(ordinal, row[3])].push(row);
    }
    for (const { query, bindings } of statements(replacing, known)) this.#table.write(query, ...bindings);
    for (const kind of ['open', 'waiting', 'suppressed'] as const) this[kind] += this.#putFresh(fresh[kind]);
    const dropped = this.#drop(gone);
    return forgotten.size === 0 ? [] : dropped.filter((row) => row.id !== null && forgotten.has(nameOf(row))).map(windowOf);
  }

  /** Puts rows that are not known to be there. Gives how many were not. */
  #putFresh(rows: readonly Row[]): number {
    let put = 0;
    for (const { query, bindings } of statements(inserting, rows)) put += this.#table.write(query, ...bindings);
    // Some were there, and known no more: they are written once more, together with those that were not.
    if (put < rows.length) for (const { query, bindings } of statements(replacing, rows)) this.#table.write(query, ...bindings);
    for (const [at, key, ordinal] of rows) this.#known.add(nameOf({ at, key, ordinal }));
    if (this.#known.size > MOST_KNOWN) this.#known.clear();
    return put;
  }

  /** Forgets all of these keys. Gives the windows among it. */
  dropAll(keys: { has(key: string): boolean }): Omit<LiveWindow, 'held'>[] {
    const names = this.#table.rows<Name>('SELECT at, key, ordinal FROM deadlines').filter(({ key }) => keys.has(key));
    return this.#drop(names)
      .filter(({ id }) => id !== null)
      .map(windowOf);
  }

  /** The last instant at which anything falls due that ever does. */
  latest(): number | undefined {
    return this.#table.rows<{ at: number }>(`SELECT at FROM deadlines WHERE at < ${NEVER} ORDER BY at DESC LIMIT 1`)[0]?.at;
  }

  /** Forgets what keys have due at `upTo` or before. */
  dropDue(keys: { has(key: string): boolean }, upTo: number, kind: Kind = 'everything'): void {
    const due = this.#table.rows<Name>(`SELECT at, key, ordinal FROM deadlines WHERE at <= ?${AND_IS[kind]}`, upTo);
    this.#drop(due.filter(({ key }) => keys.has(key)));
  }

  #drop(names: readonly Name[]): DeadlineRow[] {
    const rows = names.map(({ at, key, ordinal }) => [at, key, ordinal] as const);
    const dropped = [...statements(deleting, rows)].flatMap(({ query, bindings }) => this.#table.returning<DeadlineRow>(query, ...bindings));
    for (const { id, ordinal } of dropped) this[kindOf(ordinal, id)] -= 1;
    for (const name of names) this.#known.delete(nameOf(name));
    return dropped;
  }

  /** The least of those that can be settled, that of a window which never closes not among them: what is due of a customer that is parked is settled when it answers again (D11). */
  least(kind: Kind = 'everything'): number | undefined {
    const query = `SELECT at FROM deadlines WHERE key NOT IN (SELECT key FROM failing WHERE parked = 1)${AND_IS[kind]} AND at < ${NEVER} ORDER BY at LIMIT 1`;
    return this.#table.rows<{ at: number }>(query)[0]?.at;
  }

  /** Keys with something due at `upTo` or before, each once, those due first in front; none of `except`. */
  keysDue(upTo: number, limit: number, except: { has(key: string): boolean }, kind: Kind = 'everything'): string[] {
    const keys = new Set<string>();
    for (const { key } of this.#table.each<{ key: string }>(`SELECT key FROM deadlines WHERE at <= ?${AND_IS[kind]} ORDER BY at`, upTo)) {
      if (!except.has(key)) keys.add(key);
      if (keys.size === limit) break;
    }
    return [...keys];
  }

  /** Every key with an open window. */
  keysOpen(): string[] {
    return this.#table.rows<{ key: string }>('SELECT DISTINCT key FROM deadlines WHERE id IS NOT NULL').map(({ key }) => key);
  }

  countHeld(now: number): { count: number; oldest: number | null } {
    const [row] = this.#table.rows<{ count: number; oldest: number | null }>(
      'SELECT count(*) AS count, min(at) AS oldest FROM deadlines WHERE at <= ? AND id IS NOT NULL',
      now,
    );
    return row ?? { count: 0, oldest: null };
  }

  windows(after: Cursor, limit: number, upTo = NEVER): { cursor: Cursor; window: Omit<LiveWindow, 'held'> }[] {
    const rows = this.#table.rows<DeadlineRow>(
      'SELECT * FROM deadlines WHERE (at, key, ordinal) > (?, ?, ?) AND at <= ? AND id IS NOT NULL ORDER BY at, key, ordinal LIMIT ?',
      ...[after.at, after.key, after.ordinal, upTo, limit],
    );
    return rows.map((row) => ({ cursor: { at: row.at, key: row.key, ordinal: row.ordinal }, window: windowOf(row) }));
  }

  /** Counts anew what is stored. */
  count(): void {
    const [row] = this.#table.rows<{ windows: number; suppressed: number; everything: number }>(
      'SELECT count(id) AS windows, count(*) FILTER (WHERE ordinal < 0) AS suppressed, count(*) AS everything FROM deadlines',
    );
    this.#known.clear();
    this.open = row?.windows ?? 0;
    this.suppressed = row?.suppressed ?? 0;
    this.waiting = (row?.everything ?? 0) - this.open - this.suppressed;
  }
}

function windowOf({ at, key, id, start, end, status }: DeadlineRow): Omit<LiveWindow, 'held'> {
  return { key, id: id as string, start: start as number, end: end as number, closesAt: at, status: status as string };
}

/** A suppressed change has no window of its own, and a negative ordinal. */
function kindOf(ordinal: number, id: string | null): 'open' | 'waiting' | 'suppressed' {
  if (ordinal < 0) return 'suppressed';
  return id === null ? 'waiting' : 'open';
}

function nameOf({ at, key, ordinal }: Name): string {
  return `${at}/${ordinal}/${key}`;
}
