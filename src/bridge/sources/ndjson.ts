import { createHash } from 'node:crypto';
import type { Mode, Source, SourcePartition } from '../source.ts';
import type { Time } from '../time.ts';
import { entryOf } from './envelope.ts';
import { LineFile } from './line-file.ts';
import { LineLog } from './line-log.ts';
import type { Line } from './line-reader.ts';
import { NdjsonPartition, POLL_MS } from './ndjson-partition.ts';
import { Pacer } from './pacing.ts';

const INCARNATION_BYTES = 65_536;

export interface NdjsonOptions {
  readonly path: string;
  readonly topic: string;
  readonly partitions: number;
  /** `live` follows the file as it grows. `replay` reads what is there when it is opened, and ends. */
  readonly mode: Mode;
  /** Pace of a replay by event time; a live log is read as it comes, whatever this says. */
  readonly speed: number;
  readonly from: 'earliest' | 'latest' | number;
  readonly time: Time;
  /** What went wrong with who writes the file, if anything has. */
  readonly failure?: () => unknown;
}

/**
 * An NDJSON file as a source. Its incarnation is the SHA-256 of its first line (live: a growing file keeps it, so opening waits for that line), or of
 * its first 64 KiB (replay).
 */
export class NdjsonSource implements Source {
  readonly #options: NdjsonOptions;
  #file: LineFile | undefined;

  constructor(options: NdjsonOptions) {
    this.#options = options;
  }

  async *partitions(signal: AbortSignal): AsyncGenerator<SourcePartition> {
    const { path, topic, partitions, mode, speed, from, time, failure } = this.#options;
    const generation = time.now();
    this.#file = await LineFile.open(path, failure);
    const log = new LineLog(this.#file, partitions, mode === 'replay');
    await log.extend();
    while (mode === 'live' && log.first === undefined) {
      await time.sleep(POLL_MS, signal);
      if (signal.aborted) return;
      await log.extend();
    }
    const incarnation = mode === 'live' ? ofFirstLine(log.first as Line) : sha256(await this.#file.read(0, INCARNATION_BYTES));
    const firstEventTime = log.first === undefined ? undefined : entryOf(log.first.bytes, 0, 1).eventTime;
    const pacer = new Pacer(mode === 'live' ? Number.POSITIVE_INFINITY : speed, time);
    for (let partition = 0; partition < partitions; partition++) {
      if (signal.aborted) return;
      yield new NdjsonPartition({ log, topic, partition, incarnation, generation, time, pacer, firstEventTime, from });
    }
  }

  async close(): Promise<void> {
    await this.#file?.close();
    this.#file = undefined;
  }
}

/** A first line too long to be held is named by its length. */
function ofFirstLine(line: Line): string {
  return sha256(line.bytes ?? Buffer.from(`${line.next - line.at}`));
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
