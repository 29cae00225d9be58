import { type FileHandle, open, stat } from 'node:fs/promises';
import { messageOf, OrielError } from '../../core/errors.ts';

/** A file that is only appended to. */
export class LineFile {
  readonly path: string;
  readonly #handle: FileHandle;
  readonly #identity: string;
  readonly #failure: () => unknown;
  #size = 0;

  constructor(path: string, handle: FileHandle, identity: string, failure: () => unknown) {
    this.path = path;
    this.#handle = handle;
    this.#identity = identity;
    this.#failure = failure;
  }

  /**
   * `failure` tells of whatever went wrong with who writes the file, so that its silence is not taken for its end.
   * @throws OrielError `OPTION` where the file cannot be read.
   */
  static async open(path: string, failure: () => unknown = () => undefined): Promise<LineFile> {
    try {
      if (!(await stat(path)).isFile()) throw new Error(`${path} is no regular file`);
      const handle = await open(path, 'r');
      const { dev, ino } = await handle.stat();
      return new LineFile(path, handle, `${dev}/${ino}`, failure);
    } catch (cause) {
      throw new OrielError(
        'OPTION',
        `The source file cannot be read (${messageOf(cause)}). Give the path of a file that exists, or ndjson:- for stdin.`,
        { cause },
      );
    }
  }

  /**
   * The size now, in bytes.
   * @throws OrielError `INCARNATION` where the file is gone, is another one or became shorter: its end would be no end of what was read so far.
   */
  async size(): Promise<number> {
    const failure = this.#failure();
    if (failure !== undefined) throw failure;
    const now = await stat(this.path).catch(() => undefined);
    const what =
      now === undefined
        ? 'is gone'
        : `${now.dev}/${now.ino}` !== this.#identity
          ? 'is another file now'
          : now.size < this.#size
            ? 'became shorter'
            : undefined;
    if (what !== undefined || now === undefined)
      throw new OrielError(
        'INCARNATION',
        `${this.path} ${what}. A log that is followed only grows; for a new log accept it with POST /v1/sources/{topic}/{partition}/reset and start again.`,
      );
    this.#size = now.size;
    return now.size;
  }

  /** Bytes from `position` on, at most `length`; fewer where the file ends. */
  async read(position: number, length: number): Promise<Buffer> {
    const { buffer, bytesRead } = await this.#handle.read(Buffer.allocUnsafe(length), 0, length, position);
    return buffer.subarray(0, bytesRead);
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}
