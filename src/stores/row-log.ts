import { OrielError } from '../core/errors.ts';
import type { KeyChange } from '../ports.ts';

/** The version of a part's shape, its first item (D9). */
const PART_VERSION = 1;
/** Most characters of a part, but for the row that goes beyond it. */
export const PART_CHARACTERS = 1_048_576;
/** The log may be so much longer than what stands in it, and by as many characters more, before old parts are cleaned. */
const SLACK = 3;
const LEAST_SLACK = 1_048_576;
/** A commit cleans parts of at most so many characters for each of its own, and by as many more (and the last one whole). */
const CLEANED = 4;
const LEAST_CLEANED = 65_536;

/** What is to be written in one transaction: parts put by number, and numbers of parts deleted. */
export interface Written {
  readonly puts: readonly (readonly [n: number, part: string])[];
  readonly deletes: readonly number[];
}

/** The latest word on a row: its JSON text, and the part that it stands in. */
interface Cell {
  readonly text: string;
  readonly at: number;
}

interface Part {
  readonly names: (readonly [key: string, row: string])[];
  size: number;
}

type EncodedChange = ReadonlyMap<string, string | undefined> | 'retired';

/**
 * Keyed rows as a log of changes, since one write costs about the same whatever its length. A part is JSON text: its version, then
 * `[key, { row: data }]` for each key, `null` for a row that is deleted, or a key that is gone whole. Later parts override earlier ones. The oldest are cleaned, so that the log stays within three times what stands in it and
 * 1 Mi characters: their rows that nothing has overridden are written again with the next commit. What is deleted needs no mark by then, for nothing earlier is left.
 */
export class RowLog {
  readonly #keys = new Map<string, Map<string, Cell>>();
  /** In the order of their numbers. */
  readonly #parts = new Map<number, Part>();
  #next = 0;
  #total = 0;
  #live = 0;

  /** Takes a stored part, after those of a lesser number. @throws SyntaxError where it is no JSON; OrielError `STATE_VERSION` where a later release wrote it. */
  restore(n: number, text: string): void {
    const [version, ...changes] = JSON.parse(text) as [number, ...[string, Record<string, unknown> | null][]];
    if (version !== PART_VERSION) {
      throw new OrielError(
        'STATE_VERSION',
        `The stored log has version ${version}; this code knows ${PART_VERSION}. Load the release that wrote it.`,
      );
    }
    const part = this.#begin(n);
    for (const [key, rows] of changes) {
      if (rows === null) this.#retire(part, key);
      else for (const [row, data] of Object.entries(rows)) this.#set(part, n, key, row, data === null ? undefined : JSON.stringify(data));
    }
  }

  keys(): Iterable<string> {
    return this.#keys.keys();
  }

  /** The rows of a key as they stand, copies. */
  *rowsOf(key: string): Generator<[row: string, data: unknown]> {
    for (const [row, { text }] of this.#keys.get(key) ?? []) yield [row, JSON.parse(text)];
  }

  /** Makes changes, and says how they are stored. @throws what JSON cannot hold; then nothing is changed. */
  commit(changes: ReadonlyMap<string, KeyChange>): Written {
    const encoded = [...changes].map(([key, change]): [string, EncodedChange] => [key, change === 'retired' ? change : encode(change)]);
    if (encoded.length === 0) return { puts: [], deletes: [] };
    const first = this.#next;
    const writer = new Writer(() => this.#begin(this.#next));
    for (const [key, rows] of encoded) {
      if (rows === 'retired') {
        this.#retire(writer.retire(key), key);
      } else {
        for (const [row, text] of rows) this.#set(writer.row(key, row, text), this.#next - 1, key, row, text);
      }
    }
    const deletes = this.#clean(first, writer);
    return { puts: writer.parts().map((part, i) => [first + i, part]), deletes };
  }

  #begin(n: number): Part {
    const part: Part = { names: [], size: 0 };
    this.#parts.set(n, part);
    this.#next = n + 1;
    return part;
  }

  #set(part: Part, n: number, key: string, row: string, text: string | undefined): void {
    let rows = this.#keys.get(key);
    const former = rows?.get(row);
    if (former !== undefined) this.#live -= sizeOf(row, former.text);
    const size = sizeOf(row, text ?? '');
    part.size += size;
    this.#total += size;
    if (text === undefined) {
      rows?.delete(row);
      if (rows?.size === 0) this.#keys.delete(key);
      return;
    }
    if (rows === undefined) {
      rows = new Map();
      this.#keys.set(key, rows);
    }
    rows.set(row, { text, at: n });
    part.names.push([key, row]);
    this.#live += size;
  }

  #retire(part: Part, key: string): void {
    const size = sizeOf(key, '');
    part.size += size;
    this.#total += size;
    for (const [row, { text }] of this.#keys.get(key) ?? []) this.#live -= sizeOf(row, text);
    this.#keys.delete(key);
  }

  /** Writes again what still stands in the oldest parts, before that of number `first`. */
  #clean(first: number, writer: Writer): number[] {
    const deletes: number[] = [];
    let budget = LEAST_CLEANED;
    for (let n = first; n < this.#next; n++) budget += CLEANED * (this.#parts.get(n)?.size ?? 0);
    for (const [n, { names, size }] of this.#parts) {
      if (n >= first || budget <= 0 || this.#total <= SLACK * this.#live + LEAST_SLACK) break;
      for (const [key, row] of names) {
        const cell = this.#keys.get(key)?.get(row);
        if (cell?.at === n) this.#set(writer.row(key, row, cell.text), this.#next - 1, key, row, cell.text);
      }
      this.#parts.delete(n);
      this.#total -= size;
      budget -= size;
      deletes.push(n);
    }
    return deletes;
  }
}

/** Joins rows to the texts of parts; a new one begins where the last is full. */
class Writer {
  readonly #begin: () => Part;
  readonly #done: string[] = [];
  #part: Part | undefined;
  #keys: string[] = [];
  #key: string | undefined;
  #rows: string[] = [];

  constructor(begin: () => Part) {
    this.#begin = begin;
  }

  /** Gives the part that the row stands in. */
  row(key: string, row: string, text = 'null'): Part {
    const part = this.#open();
    if (key !== this.#key) this.#endKey(key);
    this.#rows.push(`${JSON.stringify(row)}:${text}`);
    return part;
  }

  retire(key: string): Part {
    const part = this.#open();
    this.#endKey(undefined);
    this.#keys.push(`[${JSON.stringify(key)},null]`);
    return part;
  }

  parts(): readonly string[] {
    this.#endPart();
    return this.#done;
  }

  #open(): Part {
    if (this.#part !== undefined && this.#part.size >= PART_CHARACTERS) this.#endPart();
    this.#part ??= this.#begin();
    return this.#part;
  }

  #endKey(next: string | undefined): void {
    if (this.#key !== undefined) this.#keys.push(`[${JSON.stringify(this.#key)},{${this.#rows.join()}}]`);
    this.#key = next;
    this.#rows = [];
  }

  #endPart(): void {
    this.#endKey(undefined);
    if (this.#part !== undefined) this.#done.push(`[${[PART_VERSION, ...this.#keys].join()}]`);
    this.#part = undefined;
    this.#keys = [];
  }
}

function sizeOf(row: string, text: string): number {
  return row.length + text.length + 4;
}

function encode(rows: ReadonlyMap<string, unknown>): Map<string, string | undefined> {
  return new Map([...rows].map(([row, data]) => [row, data === undefined ? undefined : JSON.stringify(data)]));
}
