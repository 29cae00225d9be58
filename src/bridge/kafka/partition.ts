import { OrielError } from '../../core/errors.ts';
import type { Batch, ReadOptions, SourcePartition } from '../source.ts';
import type { Time } from '../time.ts';
import { unlessAborted } from '../unless-aborted.ts';
import type { Feed, Fetcher } from './fetcher.ts';
import type { Offsets } from './offsets.ts';
import { sizeOf, sourceRecordOf } from './records.ts';
import type { TopicState } from './watch.ts';

const ASK_AGAIN_MS = 500;

/** What a partition needs of the source that it belongs to. */
export interface PartitionPort {
  readonly fetcher: Pick<Fetcher, 'open' | 'drop' | 'taken'>;
  readonly offsets: Pick<Offsets, 'start' | 'endAt'>;
  readonly time: Time;
  readonly generation: number;
  /** What the topic is now. */
  stateOf(topic: string): TopicState;
  /** Takes up what the topic was found to be: where that is news, the partitions of the topic change. */
  topicIs(topic: string, state: TopicState): void;
  /** Where a partition starts whose object has no position; becomes the group's position. */
  startOf(partition: KafkaPartition): Promise<bigint>;
  committed(topic: string, partition: number, next: bigint): void;
  isCurrent(generation: number, signal: AbortSignal): Promise<boolean>;
}

/** One partition of a topic, for as long as the group gives it to us. */
export class KafkaPartition implements SourcePartition {
  readonly topic: string;
  readonly partition: number;
  readonly mode = 'live';
  readonly #port: PartitionPort;
  readonly #revoking = new AbortController();
  /** What the topic was when we last introduced ourselves: records of another log are never sent in its name. */
  #state: TopicState;
  /** Why the present connection is to end. */
  #changed: OrielError | undefined;
  #start = 0n;
  #end = 0n;
  #feed: Feed | undefined;
  /** Offset of the next record to be handed out. */
  #next = 0n;

  constructor(topic: string, partition: number, port: PartitionPort) {
    this.topic = topic;
    this.partition = partition;
    this.#port = port;
    this.#state = port.stateOf(topic);
  }

  get partitions(): number {
    return this.#state.partitions;
  }

  get incarnation(): string {
    return this.#state.id;
  }

  get generation(): number {
    return this.#port.generation;
  }

  get start(): string {
    return String(this.#start);
  }

  get end(): string {
    return String(this.#end);
  }

  get revoked(): AbortSignal {
    return this.#revoking.signal;
  }

  async prepare(signal: AbortSignal): Promise<void> {
    this.#state = this.#port.stateOf(this.topic);
    this.#changed = undefined;
    this.#letGo();
    await this.endAt(signal);
    this.#start = await unlessAborted(this.#port.offsets.start(this.topic, this.partition), signal);
  }

  async first(): Promise<string> {
    return String(await this.#port.startOf(this));
  }

  async read(from: string, { maxRecords, maxBytes, signal }: ReadOptions): Promise<Batch> {
    const feed = this.#feedAt(BigInt(from));
    for (;;) {
      signal.throwIfAborted();
      if (this.#changed !== undefined) throw this.#changed;
      if (feed.records.length > 0) return this.#take(feed, from, maxRecords, maxBytes);
      if (feed.position > this.#next) {
        this.#next = feed.position;
        return { from, records: [], next: String(this.#next) };
      }
      if (feed.outOfRange) return await this.#afterLoss(from, signal);
      await waitFor(feed, signal);
    }
  }

  async endAt(signal: AbortSignal): Promise<{ clock: number; end: string }> {
    if (this.#changed !== undefined) throw this.#changed;
    const { clock, end, state } = await this.#port.offsets.endAt(this.topic, this.partition, AbortSignal.any([signal, this.#revoking.signal]));
    if (state.id !== this.#state.id || state.partitions !== this.#state.partitions) this.#port.topicIs(this.topic, state);
    if (this.#changed !== undefined) throw this.#changed;
    this.#end = end;
    return { clock, end: String(end) };
  }

  committed(next: string): void {
    // An offset of the old log means nothing in the new one; that of a partition which is another's is for its owner to commit.
    if (this.#changed !== undefined || this.#revoking.signal.aborted) return;
    const offset = BigInt(next);
    if (offset > this.#end) this.#end = offset;
    this.#port.committed(this.topic, this.partition, offset);
  }

  isCurrent(generation: number, signal: AbortSignal): Promise<boolean> {
    return this.#port.isCurrent(generation, AbortSignal.any([signal, this.#revoking.signal]));
  }

  /** The topic is another now: the connection ends, and the next one introduces itself with what the topic is then. */
  change(why: OrielError): void {
    this.#changed = why;
    this.#feed?.changed.beat();
  }

  /** The partition is no longer ours. */
  revoke(): void {
    this.#revoking.abort();
    this.#letGo();
  }

  #feedAt(from: bigint): Feed {
    if (this.#feed === undefined || this.#next !== from) {
      this.#letGo();
      this.#next = from;
      this.#feed = this.#port.fetcher.open(this.topic, this.#state.id, this.partition, from);
    }
    return this.#feed;
  }

  #letGo(): void {
    if (this.#feed !== undefined) this.#port.fetcher.drop(this.#feed);
    this.#feed = undefined;
  }

  #take(feed: Feed, from: string, maxRecords: number, maxBytes: number): Batch {
    let count = 0;
    for (let bytes = 0; count < Math.min(maxRecords, feed.records.length); count++) {
      const more = sizeOf(feed.records[count] as Feed['records'][number]);
      if (count > 0 && bytes + more > maxBytes) break;
      bytes += more;
      feed.bytes -= more;
    }
    const taken = feed.records.splice(0, count);
    const last = taken.at(-1) as Feed['records'][number];
    // Offsets without a record that follow the last one are told by the next call.
    this.#next = last.offset + 1n;
    this.#port.fetcher.taken();
    return { from, records: taken.map(sourceRecordOf), next: String(this.#next) };
  }

  /** The log does not have what we are at: retention has deleted it (a gap), or the log was cut, which is for the object to judge. */
  async #afterLoss(from: string, signal: AbortSignal): Promise<Batch> {
    const start = await this.#port.offsets.start(this.topic, this.partition);
    if (start > this.#next) {
      this.#start = start;
      this.#letGo();
      this.#next = start;
      return { from: String(start), records: [], next: String(start) };
    }
    const { end } = await this.endAt(signal);
    this.#letGo();
    if (BigInt(end) < this.#next)
      throw new OrielError(
        'UNAVAILABLE',
        `Partition ${this.partition} of ${this.topic} ends at ${end}, before ${from}, which is to be read: the log was cut.`,
        {
          retryable: true,
        },
      );
    // A leader that has just been made one does not know its whole log yet.
    await this.#port.time.sleep(ASK_AGAIN_MS, signal);
    return { from, records: [], next: from };
  }
}

/** Resolves when something of the feed has changed, or the signal aborts. */
async function waitFor(feed: Feed, signal: AbortSignal): Promise<void> {
  const wake = () => feed.changed.beat();
  signal.addEventListener('abort', wake, { once: true });
  await feed.changed.wait();
  signal.removeEventListener('abort', wake);
}
