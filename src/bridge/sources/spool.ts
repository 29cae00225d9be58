import { createWriteStream } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Mode, Source, SourcePartition } from '../source.ts';
import { type NdjsonOptions, NdjsonSource } from './ndjson.ts';

const NEWLINE = 10;

/**
 * A stream of lines, usually stdin, spooled to a temporary file and read from there: so it can be read again after a reconnect, in bounded memory.
 * Live: read while it comes; after its end the bridge stays, for the windows that are still open. Replay: read once all of it has come.
 * The log is the spool: what is still in the pipe is not in the log yet.
 */
export class SpooledSource implements Source {
  readonly #input: Readable;
  readonly #mode: Mode;
  readonly #options: Omit<NdjsonOptions, 'path' | 'failure'>;
  #folder: string | undefined;
  #source: NdjsonSource | undefined;
  #failure: unknown;

  constructor(input: Readable, options: Omit<NdjsonOptions, 'path' | 'failure'>) {
    this.#input = input;
    this.#mode = options.mode;
    this.#options = options;
  }

  async *partitions(signal: AbortSignal): AsyncGenerator<SourcePartition> {
    this.#folder = await mkdtemp(join(tmpdir(), 'oriel-stdin-'));
    const path = join(this.#folder, 'records.ndjson');
    await writeFile(path, '');
    const spooled = pipeline(this.#input, withLastNewline, createWriteStream(path, { flags: 'a' }), { signal }).catch((error: unknown) => {
      if (!signal.aborted) this.#failure = error;
    });
    if (this.#mode === 'replay') await spooled;
    if (signal.aborted) return;
    this.#source = new NdjsonSource({ ...this.#options, path, failure: () => this.#failure });
    yield* this.#source.partitions(signal);
  }

  async close(): Promise<void> {
    this.#input.destroy();
    await this.#source?.close();
    if (this.#folder !== undefined) await rm(this.#folder, { recursive: true, force: true });
  }
}

/** A stream that ends within a line ends that line. */
async function* withLastNewline(chunks: AsyncIterable<Buffer | string>): AsyncGenerator<Buffer> {
  let last = NEWLINE;
  for await (const chunk of chunks) {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    last = bytes.at(-1) ?? last;
    yield bytes;
  }
  if (last !== NEWLINE) yield Buffer.from([NEWLINE]);
}
