import type { Late, Rejected } from '../src/core/result.ts';
import { bytesOf } from '../src/protocol/codec.ts';
import type { LiveLate, LiveOutcome, LiveWindow } from '../src/protocol/live.ts';
import type { Outcome } from '../src/protocol/outcome.ts';
import type { Deadline } from '../src/stores/durable-object.ts';
import type { DeadLetter } from './api.ts';

/** Who may send (P5). */
export interface Fence {
  readonly epoch: number;
  readonly generation: number;
  readonly bridge: string;
}

/** What a partition's object knows beside its tables: one row, written once a transaction. Offsets are decimal strings. */
export interface Meta {
  next: string | null;
  incarnation: string | null;
  partitions: number | null;
  fence: Fence | null;
  /** The bridge's clock less the object's, at the last hello. */
  skewMs: number | null;
  /** By topic: what each source claims, or the greatest timestamp of a stream. */
  watermarks: Record<string, number>;
  /** The last outcome's place, and the last one that the sink has stored. */
  seq: number;
  acked: number;
  /** Records by `disposition/code`, outcomes by `type/reason`. */
  records: Record<string, number>;
  outcomes: Record<string, number>;
}

const EMPTY: Meta = {
  next: null,
  incarnation: null,
  partitions: null,
  fence: null,
  skewMs: null,
  watermarks: {},
  seq: 0,
  acked: 0,
  records: {},
  outcomes: {},
};

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

const DEAD_LETTERS = 100_000;
const DEAD_LETTER_MS = 7 * 86_400_000;
/** UTF-8 bytes of a dead letter, at most: a row holds 2 MB (https://developers.cloudflare.com/durable-objects/platform/limits/, 2026-06-01). */
const LETTER_BYTES = 1_500_000;

/**
 * All that one partition stores, in its object's SQLite. Deadlines stand in the order in which they fall due, in one table without an index beside it: each row is
 * written once. Every change goes through `transaction`.
 */
export class Ledger {
  readonly #storage: DurableObjectStorage;
  readonly meta: Meta;
  /** Open windows and waiting records now; outcomes not yet stored by the sink, in UTF-8 bytes. */
  open = 0;
  waiting = 0;
  outboxSize = 0;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
    const { sql } = storage;
    sql.exec('CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, data TEXT NOT NULL) STRICT, WITHOUT ROWID');
    sql.exec(
      'CREATE TABLE IF NOT EXISTS deadlines (at INTEGER, key TEXT, ordinal INTEGER, id TEXT, start INTEGER, "end" INTEGER, status TEXT, PRIMARY KEY (at, key, ordinal)) STRICT, WITHOUT ROWID',
    );
    sql.exec('CREATE TABLE IF NOT EXISTS outcomes (seq INTEGER PRIMARY KEY, stored INTEGER NOT NULL, data TEXT NOT NULL) STRICT');
    sql.exec('CREATE TABLE IF NOT EXISTS dead_letters (seq INTEGER PRIMARY KEY AUTOINCREMENT, stored INTEGER NOT NULL, data TEXT NOT NULL) STRICT');
    const row = sql.exec<{ data: string }>("SELECT data FROM meta WHERE name = 'partition'").toArray()[0];
    this.meta = { ...structuredClone(EMPTY), ...(row === undefined ? {} : (JSON.parse(row.data) as Meta)) };
    this.#count();
  }

  /** Runs writes that become durable together; where one throws, none has happened, in memory either. */
  transaction<T>(write: () => T): T {
    const before = structuredClone(this.meta);
    try {
      return this.#storage.transactionSync(() => {
        const value = write();
        this.#storage.sql.exec("INSERT OR REPLACE INTO meta (name, data) VALUES ('partition', ?)", JSON.stringify(this.meta));
        return value;
      });
    } catch (error) {
      Object.assign(this.meta, before);
      this.#count();
      throw error;
    }
  }

  putDeadline(key: string, { at, ordinal, open, window }: Deadline): void {
    const { sql } = this.#storage;
    const known = sql.exec<{ id: string | null }>('SELECT id FROM deadlines WHERE at = ? AND key = ? AND ordinal = ?', at, key, ordinal).toArray()[0];
    if (!open) {
      if (known === undefined) return;
      sql.exec('DELETE FROM deadlines WHERE at = ? AND key = ? AND ordinal = ?', at, key, ordinal);
      this[known.id === null ? 'waiting' : 'open'] -= 1;
      return;
    }
    if (known === undefined) this[window === undefined ? 'waiting' : 'open'] += 1;
    sql.exec(
      'INSERT OR REPLACE INTO deadlines (at, key, ordinal, id, start, "end", status) VALUES (?, ?, ?, ?, ?, ?, ?)',
      ...[at, key, ordinal, window?.id ?? null, window?.start ?? null, window?.end ?? null, window?.status ?? null],
    );
  }

  /** Forgets what a key has due at `upTo` or before. */
  dropDue(key: string, upTo: number): void {
    const { sql } = this.#storage;
    const echoes = sql
      .exec<{ at: number; ordinal: number; id: string | null }>('SELECT at, ordinal, id FROM deadlines WHERE at <= ? AND key = ?', upTo, key)
      .toArray();
    for (const { at, ordinal, id } of echoes) {
      sql.exec('DELETE FROM deadlines WHERE at = ? AND key = ? AND ordinal = ?', at, key, ordinal);
      this[id === null ? 'waiting' : 'open'] -= 1;
    }
  }

  leastDeadline(): number | undefined {
    return this.#storage.sql.exec<{ at: number }>('SELECT at FROM deadlines ORDER BY at LIMIT 1').toArray()[0]?.at;
  }

  /** Keys with something due at `upTo` or before, each once, those due first in front; none of `except`. */
  keysDue(upTo: number, limit: number, except: ReadonlySet<string> = new Set()): string[] {
    const keys = new Set<string>();
    for (const { key } of this.#storage.sql.exec<{ key: string }>('SELECT key FROM deadlines WHERE at <= ? ORDER BY at', upTo)) {
      if (!except.has(key)) keys.add(key);
      if (keys.size === limit) break;
    }
    return [...keys];
  }

  /** Every key with an open window. */
  keysOpen(): string[] {
    return this.#storage.sql
      .exec<{ key: string }>('SELECT DISTINCT key FROM deadlines WHERE id IS NOT NULL')
      .toArray()
      .map(({ key }) => key);
  }

  countHeld(now: number): { count: number; oldest: number | null } {
    const row = this.#storage.sql
      .exec<{ count: number; oldest: number | null }>(
        'SELECT count(*) AS count, min(at) AS oldest FROM deadlines WHERE at <= ? AND id IS NOT NULL',
        now,
      )
      .one();
    return row;
  }

  windows(after: Cursor, limit: number, upTo = Number.MAX_SAFE_INTEGER): { cursor: Cursor; window: Omit<LiveWindow, 'held'> }[] {
    const rows = this.#storage.sql.exec<DeadlineRow>(
      'SELECT * FROM deadlines WHERE (at, key, ordinal) > (?, ?, ?) AND at <= ? AND id IS NOT NULL ORDER BY at, key, ordinal LIMIT ?',
      ...[after.at, after.key, after.ordinal, upTo, limit],
    );
    return rows.toArray().map(({ at, key, ordinal, id, start, end, status }) => ({
      cursor: { at, key, ordinal },
      window: { key, id: id as string, start: start as number, end: end as number, closesAt: at, status: status as string },
    }));
  }

  /** Puts an outcome at the end of the outbox (D6). */
  addOutcome(outcome: Outcome, now: number): LiveOutcome {
    const seq = ++this.meta.seq;
    const data = JSON.stringify(outcome);
    this.#storage.sql.exec('INSERT INTO outcomes (seq, stored, data) VALUES (?, ?, ?)', seq, now, data);
    this.outboxSize += bytesOf(data);
    const { reason } = outcome.value;
    bump(this.meta.outcomes, `${outcome.type}/${typeof reason === 'string' ? reason : ''}`);
    return { seq: String(seq), ...outcome };
  }

  outcomes(after: number, limit: number): LiveOutcome[] {
    const rows = this.#storage.sql.exec<{ seq: number; data: string }>(
      'SELECT seq, data FROM outcomes WHERE seq > ? ORDER BY seq LIMIT ?',
      after,
      limit,
    );
    return rows.toArray().map(({ seq, data }) => ({ seq: String(seq), ...(JSON.parse(data) as Outcome) }));
  }

  oldestUnacked(): number | undefined {
    return this.#storage.sql.exec<{ stored: number }>('SELECT stored FROM outcomes WHERE seq > ? ORDER BY seq LIMIT 1', this.meta.acked).toArray()[0]
      ?.stored;
  }

  /** The sink has stored everything up to `seq`. */
  acknowledge(seq: number): void {
    const sum = this.#storage.sql
      .exec<{ size: number | null }>('SELECT sum(length(CAST(data AS BLOB))) AS size FROM outcomes WHERE seq > ? AND seq <= ?', this.meta.acked, seq)
      .one();
    this.outboxSize -= sum.size ?? 0;
    this.meta.acked = seq;
  }

  /** Keeps a dead letter, without its value where that is too long for a row. */
  addDeadLetter(letter: Omit<DeadLetter, 'seq'>, now: number): void {
    const whole = JSON.stringify(letter);
    const data = bytesOf(whole) <= LETTER_BYTES ? whole : JSON.stringify({ ...letter, value: undefined });
    this.#storage.sql.exec('INSERT INTO dead_letters (stored, data) VALUES (?, ?)', now, data);
  }

  deadLetters(after: number, limit: number): DeadLetter[] {
    const rows = this.#storage.sql.exec<{ seq: number; data: string }>(
      'SELECT seq, data FROM dead_letters WHERE seq > ? ORDER BY seq LIMIT ?',
      after,
      limit,
    );
    return rows.toArray().map(({ seq, data }) => ({ seq: String(seq), ...(JSON.parse(data) as Omit<DeadLetter, 'seq'>) }));
  }

  countDeadLetters(): number {
    return this.#storage.sql.exec<{ count: number }>('SELECT count(*) AS count FROM dead_letters').one().count;
  }

  /** Lets go of outcomes that the sink has and that are past retention, and of dead letters past their bounds (D10). `keepUnacked`: whether a sink is to come. */
  prune(now: number, retentionMs: number, keepUnacked: boolean): void {
    const { sql } = this.#storage;
    sql.exec('DELETE FROM outcomes WHERE stored <= ? AND seq <= ?', now - retentionMs, keepUnacked ? this.meta.acked : this.meta.seq);
    sql.exec('DELETE FROM dead_letters WHERE stored <= ? OR seq <= (SELECT max(seq) FROM dead_letters) - ?', now - DEAD_LETTER_MS, DEAD_LETTERS);
  }

  /** Whether there is anything that `prune` will have to look at. */
  hasHistory(): boolean {
    return this.#storage.sql.exec('SELECT 1 FROM outcomes UNION ALL SELECT 1 FROM dead_letters LIMIT 1').toArray().length > 0;
  }

  #count(): void {
    const { sql } = this.#storage;
    const row = sql.exec<{ windows: number; everything: number }>('SELECT count(id) AS windows, count(*) AS everything FROM deadlines').one();
    this.open = row.windows;
    this.waiting = row.everything - row.windows;
    this.outboxSize =
      sql.exec<{ size: number | null }>('SELECT sum(length(CAST(data AS BLOB))) AS size FROM outcomes WHERE seq > ?', this.meta.acked).one().size ??
      0;
  }
}

export function bump(counts: Record<string, number>, name: string, by = 1): void {
  if (by !== 0) counts[name] = (counts[name] ?? 0) + by;
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
