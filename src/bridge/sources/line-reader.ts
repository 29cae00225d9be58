import type { LineFile } from './line-file.ts';

/** One line: the bytes of the file in `[at, next)`, without what ends the line. `bytes` is null for a line over `LONGEST_LINE_BYTES`. */
export interface Line {
  readonly at: number;
  readonly next: number;
  readonly bytes: Buffer | null;
}

/** Longer lines are counted and passed on as omitted, never held: 8 MiB, far above what any object takes. */
export const LONGEST_LINE_BYTES = 8 * 1_048_576;

const CHUNK_BYTES = 262_144;
const NEWLINE = 10;
const RETURN = 13;

/** Reads the lines of a file one after the other, from a byte that begins one. Empty lines are passed over. */
export class LineReader {
  readonly #file: LineFile;
  /** Read and not yet taken, from `#bufferAt` in the file; lines before `#cursor` are taken. */
  #buffer: Buffer = Buffer.alloc(0);
  #bufferAt: number;
  #cursor = 0;
  /** Where the line at the cursor begins; before the buffer for one that is too long. */
  #lineAt: number;
  #tooLong = false;

  constructor(file: LineFile, at: number) {
    this.#file = file;
    this.#bufferAt = at;
    this.#lineAt = at;
  }

  /** The next whole line of what is read already. */
  take(): Line | undefined {
    for (;;) {
      const newline = this.#buffer.indexOf(NEWLINE, this.#cursor);
      if (newline === -1) return undefined;
      const line = this.#cut(newline, newline + 1);
      if (line.bytes?.length !== 0) return line;
    }
  }

  /**
   * The next line that ends below byte `limit`, reading on as needed. Where the file has `ended` at `limit`, what is left there without a newline
   * is a line too.
   */
  async next(limit: number, ended: boolean): Promise<Line | undefined> {
    for (;;) {
      const line = this.take();
      if (line !== undefined) return line;
      if (await this.#fill(limit)) continue;
      const left = this.#buffer.length - this.#cursor;
      if (!ended || (left === 0 && !this.#tooLong)) return undefined;
      const last = this.#cut(this.#buffer.length, this.#buffer.length);
      return last.bytes?.length === 0 ? undefined : last;
    }
  }

  #cut(end: number, next: number): Line {
    const text = end > this.#cursor && this.#buffer[end - 1] === RETURN ? end - 1 : end;
    const bytes = this.#tooLong || end - this.#cursor > LONGEST_LINE_BYTES ? null : this.#buffer.subarray(this.#cursor, text);
    const line = { at: this.#lineAt, next: this.#bufferAt + next, bytes };
    this.#cursor = next;
    this.#lineAt = line.next;
    this.#tooLong = false;
    return line;
  }

  async #fill(limit: number): Promise<boolean> {
    const position = this.#bufferAt + this.#buffer.length;
    const chunk = limit > position ? await this.#file.read(position, Math.min(CHUNK_BYTES, limit - position)) : undefined;
    if (chunk === undefined || chunk.length === 0) return false;
    const rest = this.#buffer.subarray(this.#cursor);
    if (this.#tooLong || rest.length > LONGEST_LINE_BYTES) this.#tooLong = true;
    this.#buffer = this.#tooLong ? chunk : Buffer.concat([rest, chunk]);
    this.#bufferAt = position + chunk.length - this.#buffer.length;
    this.#cursor = 0;
    return true;
  }
}
