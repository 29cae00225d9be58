import { compareOffsets } from '../../core/record.ts';
import { encode } from '../../protocol/frame-text.ts';
import type { Welcome } from '../../protocol/frames.ts';
import type { Credit, Limits } from '../../protocol/limits.ts';
import { Pulse } from '../pulse.ts';
import type { Batch, SourcePartition } from '../source.ts';
import type { Time } from '../time.ts';
import { CreditWindow } from './credit.ts';
import { type Packed, packFrame, packRecord } from './packing.ts';

/** The frames that follow a lost one are refused with the same `nack`; within this time a second one is an echo of the first. */
const NACK_ECHO_MS = 5_000;

export interface SenderOptions {
  readonly partition: SourcePartition;
  readonly time: Time;
  readonly welcome: Pick<Welcome, 'next' | 'credit' | 'limits'>;
  readonly send: (text: string) => void;
  /** Told of records sent, a second time those of a rewind. */
  readonly onSent: (records: number) => void;
  /** Told that `passed` has moved by reading. */
  readonly onPassed: () => void;
}

/**
 * Sends one partition over one socket: from where the object wants it, in order, within credit and limits, with at most one batch read ahead.
 *
 * Two positions: `next` is the offset the object will hold to be next after all that was sent (what `from` and claims name); everything below `scan`
 * has been read and sent, which is further where the log ends in offsets without a record.
 */
export class Sender {
  readonly #options: SenderOptions;
  readonly #limits: Limits;
  readonly #credit: CreditWindow;
  readonly #changed = new Pulse();
  #next = '0';
  #scan = '0';
  /** Read and not yet sent: at most one batch. */
  #pending: Packed[] = [];
  #reading: AbortController | undefined;
  /** Where a gap ends that was told and is not acknowledged. */
  #gapTo: string | undefined;
  #rewinds = 0;
  #lastNack = { expected: '', at: Number.NEGATIVE_INFINITY };
  #paused = false;
  #closed = false;

  constructor(options: SenderOptions) {
    this.#options = options;
    this.#limits = options.welcome.limits;
    this.#credit = new CreditWindow(options.welcome.credit);
  }

  /** The offset the object holds to be next once it has all that was sent. Known from the start of `run` on. */
  get next(): string {
    return this.#next;
  }

  /** Everything below it is acknowledged or holds no record; `undefined` while anything is out. */
  get passed(): string | undefined {
    const isOut = this.inFlight.records > 0 || this.#gapTo !== undefined;
    return isOut ? undefined : this.#scan;
  }

  get inFlight(): Credit {
    return this.#credit.inFlight;
  }

  /** Runs until `pause` or `close`. Rejects with what the source throws. */
  async run(): Promise<void> {
    const { partition, welcome } = this.#options;
    this.#moveTo(welcome.next ?? (await partition.first()));
    while (!this.#paused && !this.#closed) {
      if (this.#pending.length > 0) {
        if (!this.#sendFrame()) await this.#changed.wait();
      } else if (partition.mode === 'replay' && compareOffsets(this.#scan, partition.end) >= 0) await this.#changed.wait();
      else await this.#read();
    }
  }

  /** Takes an `ack`; gives the number of records newly acknowledged. */
  acknowledged(next: string, credit: Credit): number {
    const records = this.#credit.acknowledged(next, credit);
    if (this.#gapTo !== undefined && compareOffsets(next, this.#gapTo) >= 0) this.#gapTo = undefined;
    this.#changed.beat();
    return records;
  }

  /** Takes a `nack`: sending goes on at `expected`. */
  refused(expected: string): void {
    const now = this.#options.time.now();
    if (expected === this.#lastNack.expected && now - this.#lastNack.at < NACK_ECHO_MS) return;
    this.#lastNack = { expected, at: now };
    this.#credit.refused(expected);
    this.#moveTo(expected);
  }

  /** True when everything below `end` has been sent on this socket; false when the sender was closed before. */
  async reached(end: string): Promise<boolean> {
    while (!this.#closed && compareOffsets(this.#scan, end) < 0) {
      const first = this.#pending[0];
      if (first !== undefined && compareOffsets(first.offset, end) >= 0) break;
      await this.#changed.wait();
    }
    return !this.#closed;
  }

  /** Resolves when nothing is out that is not acknowledged, or the sender is closed. */
  async emptied(): Promise<void> {
    while (!this.#closed && this.inFlight.records > 0) await this.#changed.wait();
  }

  /** Sends no more data; acknowledgements are still taken. */
  pause(): void {
    this.#paused = true;
    this.#wake();
  }

  close(): void {
    this.#closed = true;
    this.#wake();
  }

  #wake(): void {
    this.#reading?.abort();
    this.#changed.beat();
  }

  #moveTo(offset: string): void {
    this.#rewinds++;
    this.#gapTo = undefined;
    this.#next = offset;
    this.#scan = offset;
    this.#pending = [];
    this.#wake();
  }

  async #read(): Promise<void> {
    const rewinds = this.#rewinds;
    const reading = new AbortController();
    this.#reading = reading;
    let batch: Batch;
    try {
      batch = await this.#options.partition.read(this.#scan, {
        maxRecords: Math.max(1, this.#limits.batchRecords),
        maxBytes: this.#limits.frameBytes,
        signal: reading.signal,
      });
    } catch (error) {
      if (reading.signal.aborted) return;
      throw error;
    }
    if (rewinds !== this.#rewinds || this.#paused || this.#closed) return;
    if (compareOffsets(batch.from, this.#scan) > 0) {
      this.#options.send(encode({ t: 'gap', from: this.#next, to: batch.from, reason: 'RETENTION' }));
      this.#gapTo = batch.from;
      this.#next = batch.from;
      this.#scan = batch.from;
    }
    this.#pending = batch.records.map((record) => packRecord(record, this.#limits));
    if (this.#pending.length === 0) {
      this.#scan = batch.next;
      this.#options.onPassed();
    }
    this.#changed.beat();
  }

  /** Sends what fits of what was read; false where nothing does before the next `ack`. */
  #sendFrame(): boolean {
    const room = this.#credit.room;
    const frame = packFrame(this.#next, this.#pending, { records: room.records, bytes: Math.min(room.bytes, this.#limits.frameBytes) });
    if (frame === undefined) return false;
    const offsets = this.#pending.slice(0, frame.count).map((record) => record.offset);
    this.#credit.sent(offsets, frame.bytes);
    this.#next = String(BigInt(offsets.at(-1) as string) + 1n);
    this.#pending = this.#pending.slice(frame.count);
    this.#scan = this.#next;
    this.#options.send(frame.text);
    this.#options.onSent(frame.count);
    this.#changed.beat();
    return true;
  }
}
