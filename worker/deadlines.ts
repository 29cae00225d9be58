import type { LiveWindow } from '../src/protocol/live.ts';
import type { Deadline } from '../src/stores/durable-object.ts';
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

/** Where a listing of deadlines goes on. */
export interface Cursor {
  readonly at: number;
  readonly key: string;
  readonly ordinal: number;
}

export const FIRST: Cursor = { at: -1, key: '', ordinal: -1 };

/**
 * The open windows and waiting records of a partition's customers, in the order in which they fall due, in one table without an index beside it: each row is written
 * once.
 */
export class Deadlines {
  static readonly SCHEMA =
    'CREATE TABLE IF NOT EXISTS deadlines (at INTEGER, key TEXT, ordinal INTEGER, id TEXT, start INTEGER, "end" INTEGER, status TEXT, PRIMARY KEY (at, key, ordinal)) STRICT, WITHOUT ROWID';

  readonly #table: Table;
  /** Open windows and waiting records now. */
  open = 0;
  waiting = 0;

  constructor(table: Table) {
    this.#table = table;
    this.count();
  }

  put(key: string, { at, ordinal, open, window }: Deadline): void {
    const [known] = this.#table.rows<{ id: string | null }>('SELECT id FROM deadlines WHERE at = ? AND key = ? AND ordinal = ?', at, key, ordinal);
    if (!open) {
      if (known === undefined) return;
      this.#table.write('DELETE FROM deadlines WHERE at = ? AND key = ? AND ordinal = ?', at, key, ordinal);
      this[known.id === null ? 'waiting' : 'open'] -= 1;
      return;
    }
    if (known === undefined) this[window === undefined ? 'waiting' : 'open'] += 1;
    this.#table.write(
      'INSERT OR REPLACE INTO deadlines (at, key, ordinal, id, start, "end", status) VALUES (?, ?, ?, ?, ?, ?, ?)',
      ...[at, key, ordinal, window?.id ?? null, window?.start ?? null, window?.end ?? null, window?.status ?? null],
    );
  }

  /** Forgets what a key has due at `upTo` or before. */
  dropDue(key: string, upTo: number): void {
    const echoes = this.#table.rows<{ at: number; ordinal: number; id: string | null }>(
      'SELECT at, ordinal, id FROM deadlines WHERE at <= ? AND key = ?',
      upTo,
      key,
    );
    for (const { at, ordinal, id } of echoes) {
      this.#table.write('DELETE FROM deadlines WHERE at = ? AND key = ? AND ordinal = ?', at, key, ordinal);
      this[id === null ? 'waiting' : 'open'] -= 1;
    }
  }

  /** The least of those that can be settled: what is due of a customer that is parked is settled when it answers again (D11). */
  least(): number | undefined {
    return this.#table.rows<{ at: number }>(
      'SELECT at FROM deadlines WHERE key NOT IN (SELECT key FROM failing WHERE parked = 1) ORDER BY at LIMIT 1',
    )[0]?.at;
  }

  /** Keys with something due at `upTo` or before, each once, those due first in front; none of `except`. */
  keysDue(upTo: number, limit: number, except: { has(key: string): boolean }): string[] {
    const keys = new Set<string>();
    for (const { key } of this.#table.each<{ key: string }>('SELECT key FROM deadlines WHERE at <= ? ORDER BY at', upTo)) {
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

  windows(after: Cursor, limit: number, upTo = Number.MAX_SAFE_INTEGER): { cursor: Cursor; window: Omit<LiveWindow, 'held'> }[] {
    const rows = this.#table.rows<DeadlineRow>(
      'SELECT * FROM deadlines WHERE (at, key, ordinal) > (?, ?, ?) AND at <= ? AND id IS NOT NULL ORDER BY at, key, ordinal LIMIT ?',
      ...[after.at, after.key, after.ordinal, upTo, limit],
    );
    return rows.map(({ at, key, ordinal, id, start, end, status }) => ({
      cursor: { at, key, ordinal },
      window: { key, id: id as string, start: start as number, end: end as number, closesAt: at, status: status as string },
    }));
  }

  /** Counts anew what is stored. */
  count(): void {
    const [row] = this.#table.rows<{ windows: number; everything: number }>('SELECT count(id) AS windows, count(*) AS everything FROM deadlines');
    this.open = row?.windows ?? 0;
    this.waiting = (row?.everything ?? 0) - this.open;
  }
}
