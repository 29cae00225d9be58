import { assert } from '../../core/errors.ts';
import { entryOf } from './envelope.ts';
import type { LineFile } from './line-file.ts';
import { type Line, LineReader } from './line-reader.ts';

/** A place to start reading from: the line at byte `at` or a later one is the partition's record `offset`. */
export interface Mark {
  readonly offset: number;
  readonly at: number;
}

/** One mark in so many records a partition. */
const MARK_EVERY = 4_096;

/**
 * A file of lines as a log of partitions: an offset is the ordinal of the line within its partition. Knows how many records each partition has,
 * and where about they stand; holds no record.
 */
export class LineLog {
  readonly file: LineFile;
  readonly partitions: number;
  readonly ended: boolean;
  readonly #reader: LineReader;
  readonly #ends: number[];
  readonly #marks: Mark[][];
  #first: Line | undefined;
  #scanned = 0;
  #extending: Promise<void> = Promise.resolve();

  /** `ended`: nothing is appended any more, so a last line without newline is whole. */
  constructor(file: LineFile, partitions: number, ended: boolean) {
    this.file = file;
    this.partitions = partitions;
    this.ended = ended;
    this.#reader = new LineReader(file, 0);
    this.#ends = Array.from({ length: partitions }, () => 0);
    this.#marks = Array.from({ length: partitions }, () => [{ offset: 0, at: 0 }]);
  }

  /** The first line that is not empty. */
  get first(): Line | undefined {
    return this.#first;
  }

  /** Bytes known: lines below it are counted. */
  get scanned(): number {
    return this.#scanned;
  }

  /** The next offset of a partition, as far as scanned. */
  end(partition: number): number {
    return this.#ends[partition] as number;
  }

  /** The mark nearest at or below `offset`. */
  markFor(partition: number, offset: number): Mark {
    const marks = this.#marks[partition] as Mark[];
    const mark = marks[Math.min(marks.length - 1, Math.floor(offset / MARK_EVERY))];
    assert(mark !== undefined, 'every partition has a mark at 0');
    return mark;
  }

  /** Counts every line that was whole when this was called. Rejects with what `LineFile.size` throws. */
  extend(): Promise<void> {
    const turn = this.#extending.then(() => this.#extend());
    this.#extending = turn.catch(() => undefined);
    return turn;
  }

  async #extend(): Promise<void> {
    const size = await this.file.size();
    for (
      let line = await this.#reader.next(size, this.ended);
      line !== undefined;
      line = this.#reader.take() ?? (await this.#reader.next(size, this.ended))
    ) {
      this.#first ??= { ...line, bytes: line.bytes === null ? null : Buffer.from(line.bytes) };
      const partition = this.partitions === 1 ? 0 : entryOf(line.bytes, line.next - line.at, this.partitions).partition;
      const offset = this.#ends[partition] as number;
      if (offset > 0 && offset % MARK_EVERY === 0) this.#marks[partition]?.push({ offset, at: line.at });
      this.#ends[partition] = offset + 1;
      this.#scanned = line.next;
    }
  }
}
