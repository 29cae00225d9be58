import { bytesOf } from '../src/protocol/codec.ts';
import type { LiveOutcome } from '../src/protocol/live.ts';
import type { Outcome } from '../src/protocol/outcome.ts';
import type { Table } from './table.ts';

interface Sheet extends Record<string, SqlStorageValue> {
  last: number;
  data: string;
}

interface ReadSheet {
  readonly last: number;
  readonly outcomes: readonly Outcome[];
}

/** Outcomes of a sheet, and UTF-16 units of their JSON, at most: a row holds 2 MB (https://developers.cloudflare.com/durable-objects/platform/limits/, 2026-06-01). */
const SHEET_OUTCOMES = 500;
const SHEET_SIZE = 500_000;

/**
 * The outcomes of a partition, numbered from 1 without gaps (D6). Those of one transaction stand together, as a sheet: one row, since every row that is written, and
 * deleted later, is billed.
 */
export class OutcomeLog {
  static readonly SCHEMA = 'CREATE TABLE IF NOT EXISTS sheets (last INTEGER PRIMARY KEY, stored INTEGER NOT NULL, data TEXT NOT NULL) STRICT';

  readonly #table: Table;
  /** Of the sheets that the sink does not have whole, in UTF-8 bytes. */
  size = 0;
  #fresh: string[] = [];
  #freshSize = 0;
  /** The sheet read last: it is sent in several portions. */
  #read: ReadSheet | undefined;

  constructor(table: Table, acked: number) {
    this.#table = table;
    this.#moveOld();
    this.count(acked);
  }

  /** Puts an outcome at the end, within a transaction; `flush` ends it. */
  add(outcome: Outcome, seq: number, now: number): LiveOutcome {
    const text = JSON.stringify(outcome);
    if (this.#fresh.length === SHEET_OUTCOMES || this.#freshSize + text.length > SHEET_SIZE) this.flush(seq - 1, now);
    this.#fresh.push(text);
    this.#freshSize += text.length;
    return { seq: String(seq), ...outcome };
  }

  /** Writes the sheet that was begun, of which `last` is the last. */
  flush(last: number, now: number): void {
    if (this.#fresh.length === 0) return;
    const data = `[${this.#fresh.join()}]`;
    this.drop();
    this.#table.write('INSERT INTO sheets (last, stored, data) VALUES (?, ?, ?)', last, now, data);
    this.size += bytesOf(data);
  }

  /** Forgets the sheet that was begun: its transaction has failed. */
  drop(): void {
    this.#fresh = [];
    this.#freshSize = 0;
  }

  /** Outcomes after `after`, in order, at most `limit`. */
  list(after: number, limit: number): LiveOutcome[] {
    const found: LiveOutcome[] = [];
    let from = after;
    while (found.length < limit) {
      const sheet = this.#sheetAfter(from);
      if (sheet === undefined) break;
      const first = sheet.last - sheet.outcomes.length + 1;
      const skipped = Math.max(0, from + 1 - first);
      const taken = sheet.outcomes.slice(skipped, skipped + limit - found.length);
      found.push(...taken.map((outcome, i) => ({ seq: String(first + skipped + i), ...outcome })));
      from = first + skipped + taken.length - 1;
    }
    return found;
  }

  /** When the oldest outcome after `acked` was stored. */
  oldestAfter(acked: number): number | undefined {
    return this.#table.rows<{ stored: number }>('SELECT stored FROM sheets WHERE last > ? ORDER BY last LIMIT 1', acked)[0]?.stored;
  }

  /** The sink has stored everything up to `acked`; before, it was `before`. */
  acknowledged(before: number, acked: number): void {
    this.size -= this.#sizeOf('last > ? AND last <= ?', before, acked);
  }

  /** Lets go of what was stored at `until` or before, up to `upTo`. */
  prune(until: number, upTo: number): void {
    this.#table.write('DELETE FROM sheets WHERE stored <= ? AND last <= ?', until, upTo);
    this.#read = undefined;
  }

  isEmpty(): boolean {
    return this.#table.rows('SELECT 1 FROM sheets LIMIT 1').length === 0;
  }

  /** Counts anew what is stored. */
  count(acked: number): void {
    this.size = this.#sizeOf('last > ?', acked);
    this.#read = undefined;
  }

  #sheetAfter(seq: number): ReadSheet | undefined {
    const known = this.#read;
    if (known !== undefined && known.last > seq && known.last - known.outcomes.length <= seq) return known;
    const [sheet] = this.#table.rows<Sheet>('SELECT last, data FROM sheets WHERE last > ? ORDER BY last LIMIT 1', seq);
    this.#read = sheet === undefined ? undefined : { last: sheet.last, outcomes: JSON.parse(sheet.data) as Outcome[] };
    return this.#read;
  }

  #sizeOf(condition: string, ...bindings: number[]): number {
    const [row] = this.#table.rows<{ size: number | null }>(
      `SELECT sum(length(CAST(data AS BLOB))) AS size FROM sheets WHERE ${condition}`,
      ...bindings,
    );
    return row?.size ?? 0;
  }

  /** Version 0.1 had a row an outcome. */
  #moveOld(): void {
    if (this.#table.rows("SELECT 1 FROM sqlite_master WHERE name = 'outcomes'").length === 0) return;
    this.#table.write("INSERT INTO sheets (last, stored, data) SELECT seq, stored, '[' || data || ']' FROM outcomes");
    this.#table.write('DROP TABLE outcomes');
  }
}
