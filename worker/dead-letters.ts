import type { Late, Rejected } from '../src/core/result.ts';
import { bytesOf } from '../src/protocol/codec.ts';
import type { LiveLate } from '../src/protocol/live.ts';
import type { DeadLetter } from './api.ts';
import type { Table } from './table.ts';

const MOST = 100_000;
const KEPT_MS = 7 * 86_400_000;
/** UTF-8 bytes of a dead letter, at most: a row holds 2 MB (https://developers.cloudflare.com/durable-objects/platform/limits/, 2026-06-01). */
const LETTER_BYTES = 1_500_000;

/** The records of a partition that ended late or rejected (R4). */
export class DeadLetters {
  static readonly SCHEMA =
    'CREATE TABLE IF NOT EXISTS dead_letters (seq INTEGER PRIMARY KEY AUTOINCREMENT, stored INTEGER NOT NULL, data TEXT NOT NULL) STRICT';

  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  /** Keeps one, without its value where that is too long for a row. */
  add(letter: Omit<DeadLetter, 'seq'>, now: number): void {
    const whole = JSON.stringify(letter);
    const data = bytesOf(whole) <= LETTER_BYTES ? whole : JSON.stringify({ ...letter, value: undefined });
    this.#table.write('INSERT INTO dead_letters (stored, data) VALUES (?, ?)', now, data);
  }

  list(after: number, limit: number): DeadLetter[] {
    const rows = this.#table.rows<{ seq: number; data: string }>(
      'SELECT seq, data FROM dead_letters WHERE seq > ? ORDER BY seq LIMIT ?',
      after,
      limit,
    );
    return rows.map(({ seq, data }) => ({ seq: String(seq), ...(JSON.parse(data) as Omit<DeadLetter, 'seq'>) }));
  }

  count(): number {
    return this.#table.rows<{ count: number }>('SELECT count(*) AS count FROM dead_letters')[0]?.count ?? 0;
  }

  /** Lets go of those past their bounds (D10). */
  prune(now: number): void {
    this.#table.write('DELETE FROM dead_letters WHERE stored <= ? OR seq <= (SELECT max(seq) FROM dead_letters) - ?', now - KEPT_MS, MOST);
  }

  isEmpty(): boolean {
    return this.#table.rows('SELECT 1 FROM dead_letters LIMIT 1').length === 0;
  }
}

/** A dead letter as viewers see it. */
export function lateOf({ code, message, key, timestamp }: Omit<DeadLetter, 'seq'>): LiveLate {
  return { code, message, key, timestamp };
}

/** A record that ended late or rejected, as it is kept. */
export function letterOf(late: Late | Rejected): Omit<DeadLetter, 'seq'> {
  const { record } = late;
  return {
    source: record?.source ?? null,
    code: late.code,
    message: 'message' in late ? late.message : lateMessage(late),
    key: record?.key ?? null,
    timestamp: record?.timestamp ?? null,
    ...(record === undefined ? {} : { value: record.value }),
  };
}

function lateMessage({ code, window, afterEnd, afterClose }: Late): string {
  if (window === undefined)
    return code === 'NO_WINDOW' ? 'No window is remembered that it could belong to.' : 'Its window would already be closed, or overlap a later one.';
  return `Its window [${window.start}, ${window.end}) closed at ${window.closesAt} by ${window.closedBy}; the record is ${afterEnd} ms past its end and came ${afterClose} ms past its closing.`;
}
