import { onTestFinished } from 'vitest';
import type { KafkaConnection } from '../../src/bridge/kafka/connection.ts';
import { KafkaSource, type KafkaSourceOptions } from '../../src/bridge/kafka/source.ts';
import type { SourcePartition } from '../../src/bridge/source.ts';
import { systemTime } from '../../src/bridge/time.ts';

/** What one partition has given to its reader. */
export interface Reading {
  readonly partition: SourcePartition;
  /** Offsets of records, in the order in which they came, and `from-to` for a gap. */
  readonly offsets: string[];
  readonly values: string[];
  /** Where reading goes on. */
  next: string;
  /** Why it ended, once it has. */
  ended?: unknown;
}

/** Reads all partitions that a source hands out, as sessions do: each from where it starts, committing as it goes. It closes with the test. */
export class Reader {
  readonly source: KafkaSource;
  readonly readings: Reading[] = [];
  readonly lines: string[] = [];
  failure: unknown;
  readonly #stopping = new AbortController();
  readonly #running: Promise<void>;

  constructor(connection: KafkaConnection, options: Partial<KafkaSourceOptions> & Pick<KafkaSourceOptions, 'topics' | 'group'>) {
    this.source = new KafkaSource({
      connection,
      from: 'earliest',
      isolation: 'read_committed',
      time: systemTime,
      log: (line) => this.lines.push(line),
      ...options,
    });
    this.#running = this.#run().catch((failure: unknown) => {
      this.failure = failure;
    });
    onTestFinished(() => this.close());
  }

  /** Those of the partitions that are ours. */
  get ours(): readonly Reading[] {
    return this.readings.filter(({ partition }) => !partition.revoked.aborted);
  }

  get values(): readonly string[] {
    return this.readings.flatMap(({ values }) => values);
  }

  async close(): Promise<void> {
    this.#stopping.abort();
    await this.source.close();
    await this.#running;
  }

  async #run(): Promise<void> {
    for await (const partition of this.source.partitions(this.#stopping.signal)) {
      const reading: Reading = { partition, offsets: [], values: [], next: '' };
      this.readings.push(reading);
      this.#read(reading).catch((error: unknown) => {
        reading.ended = error;
      });
    }
  }

  async #read(reading: Reading): Promise<void> {
    const { partition, offsets, values } = reading;
    const signal = AbortSignal.any([this.#stopping.signal, partition.revoked]);
    await partition.prepare(signal);
    reading.next = await partition.first();
    while (!signal.aborted) {
      const batch = await partition.read(reading.next, { maxRecords: 500, maxBytes: 1_000_000, signal });
      if (batch.from !== reading.next) offsets.push(`${reading.next}-${batch.from}`);
      for (const { offset, value } of batch.records) {
        offsets.push(offset);
        values.push('json' in value ? value.json : JSON.stringify(value));
      }
      reading.next = batch.next;
      partition.committed(batch.next);
    }
  }
}
