import { OrielError } from '../core/errors.ts';
import type { KeyChange } from '../ports.ts';

/** The version of a part's shape, its first item (D9). */
const VERSION = 1;
/** Most characters of a part, but for the row that goes beyond it. */
export const PART_CHARACTERS = 1_048_576;
/** The log may be so much longer than what stands in it, and by a part more, before old parts are cleaned. */
const SLACK = 3;
/** A commit cleans as many characters of old parts for each of its own, and at least one part. */
const CLEANED = 4;

/** A part as it is stored: its version, its number, then key, row and JSON text of one change after another, `null` for what is deleted. The row of no name is the whole key. */
export type StoredPart = readonly [version: number, n: number, ...changes: (string | null)[]];

/** What is to be written in one transaction: parts added, each by its number, and numbers of parts deleted. */
export interface Written {
  readonly puts: readonly StoredPart[];
  readonly deletes: readonly number[];
}

type Change = readonly [key: string, row: string, text: string | null];

/** The latest word on a row, and the part that it stands in. */
interface Cell {
  readonly text: string;
  readonly size: number;
  readonly part: Part;
}

interface Part {
  readonly n: number;
  readonly names: (readonly [key: string, row: string])[];
  size: number;
}

/** A log of keyed rows. */
export interface RowLog {
  /** Takes a stored part, after those of a lesser number. @throws OrielError `STATE_VERSION` where a later release wrote it. */
  restore(part: StoredPart): void;
  keys(): Iterable<string>;
  /** The rows of a key as they stand, copies. */
  rowsOf(key: string): Map<string, unknown>;
  /** Makes changes, and says how they are stored. @throws what JSON cannot hold; then nothing is changed. */
  commit(changes: ReadonlyMap<string, KeyChange>): Written;
}

/**
 * Keyed rows as a log of changes, in parts, since one write costs about the same whatever its length. Later parts override earlier ones. While the log is longer than three
 * times what stands in it and 1 Mi characters, each commit that writes cleans the oldest, at least one: rows of theirs that nothing has overridden are written again with it.
 * What is deleted needs no mark by then, for nothing earlier is left.
 */
export function rowLog(): RowLog {
  const keys = new Map<string, Map<string, Cell>>();
  /** The oldest first. */
  const parts = new Map<number, Part>();
  let next = 0;
  let total = 0;
  let live = 0;
  return {
    restore: ([version, n, ...changes]) => {
      if (version !== VERSION) {
        throw new OrielError(
          'STATE_VERSION',
          `The stored log has version ${version}; this code knows ${VERSION}. Deploy the release that wrote it, or a later one.`,
        );
      }
      const part = begin(n);
      for (let i = 0; i < changes.length; i += 3) set(part, changes.slice(i, i + 3) as unknown as Change);
    },
    keys: () => keys.keys(),
    rowsOf: (key) => new Map([...(keys.get(key) ?? [])].map(([row, { text }]) => [row, JSON.parse(text)])),
    commit,
  };

  function commit(changes: ReadonlyMap<string, KeyChange>): Written {
    const encoded = [...changes].flatMap(([key, change]): Change[] =>
      change === 'retired' ? [[key, '', null]] : [...change].map(([row, data]) => [key, row, JSON.stringify(data) ?? null]),
    );
    const first = next;
    const puts: [number, number, ...(string | null)[]][] = [];
    const deletes: number[] = [];
    let part: Part | undefined;
    let budget = encoded.length;
    const write = (change: Change): number => {
      if (part === undefined || part.size >= PART_CHARACTERS) {
        part = begin(next);
        puts.push([VERSION, part.n]);
      }
      puts.at(-1)?.push(...change);
      return set(part, change);
    };
    for (const change of encoded) budget += CLEANED * write(change);
    for (const old of parts.values()) {
      if (old.n >= first || budget <= 0 || total <= SLACK * live + PART_CHARACTERS) break;
      budget -= old.size;
      total -= old.size;
      parts.delete(old.n);
      deletes.push(old.n);
      for (const [key, row] of old.names) {
        const cell = keys.get(key)?.get(row);
        if (cell?.part === old) write([key, row, cell.text]);
      }
    }
    return { puts, deletes };
  }

  function begin(n: number): Part {
    const part: Part = { n, names: [], size: 0 };
    parts.set(n, part);
    next = n + 1;
    return part;
  }

  /** Gives the size of the change. */
  function set(part: Part, [key, row, text]: Change): number {
    const rows = keys.get(key) ?? new Map<string, Cell>();
    const size = `${key}${row}${text}`.length;
    part.size += size;
    total += size;
    for (const name of row === '' ? [...rows.keys()] : [row]) {
      live -= rows.get(name)?.size ?? 0;
      rows.delete(name);
    }
    if (text !== null) {
      rows.set(row, { text, size, part });
      part.names.push([key, row]);
      live += size;
    }
    if (rows.size > 0) keys.set(key, rows);
    else keys.delete(key);
    return size;
  }
}
