import type { Batch, Mode, ReadOptions, SourcePartition, SourceRecord } from '../source.ts';
import type { Time } from '../time.ts';
import { type Entry, entryOf } from './envelope.ts';
import type { LineLog } from './line-log.ts';
import { LineReader } from './line-reader.ts';
import type { Pacer } from './pacing.ts';

/** How often a log that is followed is looked at. */
export const POLL_MS = 100;

export interface NdjsonPartitionOptions {
  readonly log: LineLog;
  readonly topic: string;
  readonly partition: number;
  readonly incarnation: string;
  readonly generation: number;
  readonly time: Time;
  readonly pacer: Pacer;
  /** Event time of the log's first line: all partitions are paced from it when read from the start. */
  readonly firstEventTime: number | undefined;
  /** Where an object without a position starts: at the start, at the end, or at the first record at or after an instant. */
  readonly from: 'earliest' | 'latest' | number;
}

interface Ready {
  readonly due: number;
  readonly bytes: number;
  readonly record: SourceRecord;
}

/** One partition of an NDJSON log. A file keeps what it has, so it starts at 0; its position is the object's alone, and `committed` has nothing to do. */
export class NdjsonPartition implements SourcePartition {
  readonly topic: string;
  readonly partition: number;
  readonly partitions: number;
  readonly mode: Mode;
  readonly incarnation: string;
  readonly generation: number;
  readonly start = '0';
  readonly revoked = new AbortController().signal;
  readonly #options: NdjsonPartitionOptions;
  #reader: LineReader;
  /** The offset of the line that the reader gives next. */
  #readerOffset = 0;
  /** Read and not yet let go; the first has offset `#readyFrom`. */
  #ready: Ready[] = [];
  #readyFrom = 0;

  constructor(options: NdjsonPartitionOptions) {
    this.#options = options;
    this.topic = options.topic;
    this.partition = options.partition;
    this.partitions = options.log.partitions;
    this.mode = options.log.ended ? 'replay' : 'live';
    this.incarnation = options.incarnation;
    this.generation = options.generation;
    this.#reader = new LineReader(options.log.file, 0);
  }

  get end(): string {
    return String(this.#options.log.end(this.partition));
  }

  async prepare(): Promise<void> {
    await this.endAt();
  }

  async first(): Promise<string> {
    const { from, log } = this.#options;
    if (from === 'earliest') return this.start;
    if (from === 'latest') return this.end;
    const reader = new LineReader(log.file, 0);
    for (let offset = 0; ; ) {
      const entry = await this.#nextOf(reader);
      if (entry === undefined || (entry.eventTime !== undefined && entry.eventTime >= from)) return String(offset);
      offset++;
    }
  }

  async read(from: string, { maxRecords, maxBytes, signal }: ReadOptions): Promise<Batch> {
    const { log, time } = this.#options;
    if (Number(from) !== this.#readyFrom) this.#seek(Number(from));
    for (;;) {
      signal.throwIfAborted();
      await this.#fill(maxRecords, maxBytes);
      signal.throwIfAborted();
      const first = this.#ready[0];
      if (first !== undefined) {
        const now = time.now();
        if (first.due <= now) return this.#letGo(from, now, maxRecords, maxBytes);
        await time.sleep(first.due - now, signal);
      } else if (log.ended) return { from, records: [], next: from };
      else {
        const scanned = log.scanned;
        await log.extend();
        if (log.scanned === scanned) await time.sleep(POLL_MS, signal);
      }
    }
  }

  async endAt(): Promise<{ clock: number; end: string }> {
    const clock = this.#options.time.now();
    if (!this.#options.log.ended) await this.#options.log.extend();
    return { clock, end: this.end };
  }

  committed(): void {}

  #seek(offset: number): void {
    const mark = this.#options.log.markFor(this.partition, offset);
    this.#reader = new LineReader(this.#options.log.file, mark.at);
    this.#readerOffset = mark.offset;
    this.#ready = [];
    this.#readyFrom = offset;
  }

  async #fill(maxRecords: number, maxBytes: number): Promise<void> {
    const { pacer, firstEventTime } = this.#options;
    const reader = this.#reader;
    let bytes = this.#ready.reduce((sum, ready) => sum + ready.bytes, 0);
    while (this.#ready.length < maxRecords && bytes < maxBytes) {
      const entry = await this.#nextOf(reader);
      if (entry === undefined) return;
      const offset = this.#readerOffset++;
      if (offset < this.#readyFrom) continue;
      pacer.begin(this.#readyFrom === 0 ? (firstEventTime ?? entry.eventTime) : entry.eventTime);
      this.#ready.push({ due: pacer.due(entry.eventTime), bytes: entry.bytes, record: { offset: String(offset), ...entry.record } });
      bytes += entry.bytes;
    }
  }

  /** The next line of this partition, as far as the log is scanned. */
  async #nextOf(reader: LineReader): Promise<Entry | undefined> {
    const { log } = this.#options;
    for (;;) {
      const line = reader.take() ?? (await reader.next(log.scanned, log.ended));
      if (line === undefined) return undefined;
      const entry = entryOf(line.bytes, line.next - line.at, log.partitions);
      if (entry.partition === this.partition) return entry;
    }
  }

  #letGo(from: string, now: number, maxRecords: number, maxBytes: number): Batch {
    let count = 0;
    for (let bytes = 0; count < Math.min(maxRecords, this.#ready.length); count++) {
      const { due, bytes: more } = this.#ready[count] as Ready;
      if (due > now || (count > 0 && bytes + more > maxBytes)) break;
      bytes += more;
    }
    const records = this.#ready.splice(0, count).map((ready) => ready.record);
    this.#readyFrom += count;
    return { from, records, next: String(this.#readyFrom) };
  }
}
