import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { messageOf, OrielError } from '../../core/errors.ts';
import { type Delivery, type Outcome, type Sink, STORED } from '../source.ts';
import { LINE_START, linesOf } from './lines.ts';

const NEWLINE = 10;
const CHUNK_BYTES = 65_536;

/**
 * Outcomes appended to an NDJSON file; a batch counts as stored after fsync. A line torn by a crash was never acknowledged: it is cut off at the start
 * and its outcome comes again.
 */
export class NdjsonSink implements Sink {
  readonly #file: FileHandle;
  readonly #path: string;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(path: string, file: FileHandle) {
    this.#path = path;
    this.#file = file;
  }

  /** @throws OrielError `OPTION` where the file cannot be written. */
  static async open(path: string): Promise<NdjsonSink> {
    try {
      await mkdir(dirname(path), { recursive: true });
      const file = await open(path, 'a+');
      await mend(file);
      return new NdjsonSink(path, file);
    } catch (cause) {
      throw new OrielError('OPTION', `The sink ${path} cannot be written (${messageOf(cause)}). Give a file that can be, as ndjson:FILE.`, { cause });
    }
  }

  deliver(outcomes: readonly Outcome[]): Promise<readonly Delivery[]> {
    const turn = this.#turn.then(() => this.#append(outcomes));
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  async close(): Promise<void> {
    await this.#turn;
    await this.#file.close();
  }

  async #append(outcomes: readonly Outcome[]): Promise<readonly Delivery[]> {
    const { size } = await this.#file.stat();
    try {
      await this.#file.appendFile(linesOf(outcomes));
      await this.#file.sync();
    } catch (cause) {
      await this.#file.truncate(size).catch(() => undefined);
      throw new OrielError('UNAVAILABLE', `${this.#path} cannot be written (${messageOf(cause)}).`, { retryable: true, cause });
    }
    return outcomes.map(() => STORED);
  }
}

/** Cuts off a last line that is a torn one of ours; ends any other that lacks its newline. */
async function mend(file: FileHandle): Promise<void> {
  const { size } = await file.stat();
  const whole = await endOfLastLine(file, size);
  if (whole === size) return;
  const { buffer, bytesRead } = await file.read(Buffer.alloc(LINE_START.length), 0, LINE_START.length, whole);
  if (LINE_START.startsWith(buffer.toString('latin1', 0, bytesRead))) await file.truncate(whole);
  else await file.appendFile('\n');
}

/** The byte after the last newline; 0 where there is none. */
async function endOfLastLine(file: FileHandle, size: number): Promise<number> {
  for (let end = size; end > 0; end -= CHUNK_BYTES) {
    const from = Math.max(0, end - CHUNK_BYTES);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(end - from), 0, end - from, from);
    const newline = buffer.lastIndexOf(NEWLINE, bytesRead - 1);
    if (newline !== -1) return from + newline + 1;
  }
  return 0;
}
