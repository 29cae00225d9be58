import type { Batch, Mode, ReadOptions, SourcePartition, SourceRecord } from '../../src/bridge/source.ts';
import type { VirtualTime } from './virtual-time.ts';

/** A log in memory. Offsets may have gaps (compaction), and its start may move up (retention). */
export class MemoryPartition implements SourcePartition {
  readonly topic = 'customer-events';
  readonly partition = 0;
  readonly partitions = 1;
  readonly mode: Mode;
  readonly incarnation = 'log-1';
  generation = 7;
  readonly committedTo: string[] = [];
  readonly #time: VirtualTime;
  readonly #revoking = new AbortController();
  #records: SourceRecord[] = [];
  #start = 0;
  #end = 0;
  #known = 0;
  #wake: (() => void)[] = [];
  /** Where an object without a position starts. */
  firstOffset: string | undefined;
  /** Thrown by the next read. */
  failure: unknown;
  /** While set, `endAt` has no answer yet: call it to give one. */
  heldEnds: (() => void)[] | undefined;
  /** While set, reads wait in the same way, also when they are called off: a source that answers late. */
  heldReads: (() => void)[] | undefined;
  /** Set for a log that a group shares: whether a refused generation is the group's. */
  isCurrent?: (generation: number) => Promise<boolean>;
  /** While set, the log cannot be reached: call it to let it be. */
  heldPrepares: (() => void)[] | undefined;

  constructor(time: VirtualTime, mode: Mode = 'live') {
    this.#time = time;
    this.mode = mode;
  }

  get start(): string {
    return String(this.#start);
  }

  /** As last known: moved by reading and by asking. */
  get end(): string {
    return String(this.mode === 'replay' ? this.#end : this.#known);
  }

  get revoked(): AbortSignal {
    return this.#revoking.signal;
  }

  revoke(): void {
    this.#revoking.abort();
  }

  append(count: number, value = '{"type":"x"}'): this {
    for (let i = 0; i < count; i++) this.put({ timestamp: 1_000 + this.#end, key: `k${this.#end}`, value: { json: value } });
    return this;
  }

  put(record: Omit<SourceRecord, 'offset'>): this {
    this.#records.push({ offset: String(this.#end), ...record });
    return this.skip(1);
  }

  /** Offsets without a record. */
  skip(count: number): this {
    this.#end += count;
    for (const wake of this.#wake.splice(0)) wake();
    return this;
  }

  retainFrom(offset: number): this {
    this.#start = offset;
    this.#records = this.#records.filter((record) => Number(record.offset) >= offset);
    return this;
  }

  async first(): Promise<string> {
    return this.firstOffset ?? this.start;
  }

  async read(from: string, { maxRecords, signal }: ReadOptions): Promise<Batch> {
    for (;;) {
      signal.throwIfAborted();
      if (this.failure !== undefined) throw this.failure;
      this.#known = this.#end;
      const at = Math.max(Number(from), this.#start);
      const records = this.#records.filter((record) => Number(record.offset) >= at).slice(0, maxRecords);
      const last = records.at(-1);
      const next = records.length === maxRecords && last !== undefined ? String(Number(last.offset) + 1) : String(Math.max(at, this.#end));
      if (records.length > 0 || next !== from || this.mode === 'replay') {
        if (this.heldReads !== undefined) await new Promise<void>((resolve) => this.heldReads?.push(resolve));
        return { from: String(at), records, next };
      }
      await new Promise<void>((resolve) => {
        this.#wake.push(resolve);
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
    }
  }

  async prepare(signal: AbortSignal): Promise<void> {
    if (this.heldPrepares !== undefined) {
      await new Promise<void>((resolve) => {
        this.heldPrepares?.push(resolve);
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
      signal.throwIfAborted();
    }
    await this.endAt();
  }

  async endAt(): Promise<{ clock: number; end: string }> {
    this.#known = this.#end;
    const answer = { clock: this.#time.now(), end: this.end };
    if (this.heldEnds !== undefined) await new Promise<void>((resolve) => this.heldEnds?.push(resolve));
    return answer;
  }

  committed(next: string): void {
    this.committedTo.push(next);
  }
}
