import { OrielError } from '../../core/errors.ts';
import { compareOffsets } from '../../core/record.ts';
import type { GatewayTopic, PartitionReader } from '../../gateway/gateway.ts';
import { sentence } from '../sentence.ts';
import type { Batch, ReadOptions, SourcePartition } from '../source.ts';
import type { Time } from '../time.ts';
import { unlessAborted } from '../unless-aborted.ts';
import type { AskedTopics } from './asked-topics.ts';
import { isPassing, Outage, type Outages } from './outage.ts';
import { ReadAhead } from './read-ahead.ts';

/** How long a gateway may hold a poll back; one that knows a limit of its own answers sooner. */
const WAIT_MS = 5_000;
/** From one poll that gave nothing to the next, at least. */
const POLL_EVERY_MS = 200;
/** The same where the reader cannot go on: each try can cost two answers of all that may be read at once. */
const TROUBLED_EVERY_MS = 5_000;
const PROVE_AGAIN_MS = 1_000;
/** Unproven for as long, the end of a log is worth a word. */
const UNPROVEN_MS = 5_000;

/** What a partition needs of the source that it belongs to. */
export interface RestPartitionPort {
  newReader(topic: string, partition: number): PartitionReader;
  readonly topics: Pick<AskedTopics, 'since'>;
  readonly time: Time;
  /** When the source was opened. */
  readonly generation: number;
  readonly outages: Outages;
  readonly log: (line: string) => void;
  /** What the topic is now. */
  stateOf(topic: string): GatewayTopic;
  /** Where a partition starts whose object has no position; becomes the group's position. */
  startOf(partition: RestPartition): Promise<string>;
  committed(topic: string, partition: number, next: string): void;
}

/** One partition of a topic behind a REST gateway. */
export class RestPartition implements SourcePartition {
  readonly topic: string;
  readonly partition: number;
  readonly mode = 'live';
  readonly #port: RestPartitionPort;
  readonly #revoking = new AbortController();
  readonly #reading: Outage;
  readonly #asking: Outage;
  readonly #ahead = new ReadAhead();
  #reader: PartitionReader;
  /** What the topic was when we last introduced ourselves. */
  #state: GatewayTopic;
  /** Aborts with the reason why the present connection is to end. */
  #changing = new AbortController();
  #start = '0';
  #end = '0';
  /** The present connection has been welcomed: what is asked for from then on is the ground of claims. */
  #welcomed = false;
  #unproven: string | undefined;
  #unprovenSince = 0;
  #saidUnproven = false;
  #lastTrouble: string | undefined;

  constructor(topic: string, partition: number, port: RestPartitionPort) {
    this.topic = topic;
    this.partition = partition;
    this.#port = port;
    this.#state = port.stateOf(topic);
    this.#reader = port.newReader(topic, partition);
    this.#reading = new Outage(port.outages);
    this.#asking = new Outage(port.outages);
  }

  get partitions(): number {
    return this.#state.partitions;
  }

  get incarnation(): string {
    return this.#state.incarnation;
  }

  get generation(): number {
    return this.#port.generation;
  }

  get start(): string {
    return this.#start;
  }

  get end(): string {
    return this.#end;
  }

  get revoked(): AbortSignal {
    return this.#revoking.signal;
  }

  get trouble(): string | undefined {
    return this.#reader.trouble ?? this.#reading.why ?? this.#asking.why ?? this.#unproven;
  }

  /** The reader of now, for what the source asks beside the reading. */
  get reader(): PartitionReader {
    return this.#reader;
  }

  async prepare(signal: AbortSignal): Promise<void> {
    const state = this.#port.stateOf(this.topic);
    if (state.incarnation !== this.#state.incarnation) await this.#renew(signal);
    this.#state = state;
    this.#changing = new AbortController();
    this.#welcomed = false;
    this.#unproven = undefined;
    this.#ahead.empty();
    await this.#look(signal);
  }

  /** Lets go of what the gateway holds for us. */
  async close(signal: AbortSignal): Promise<void> {
    this.#revoking.abort();
    await this.#reader.close(signal);
  }

  first(): Promise<string> {
    this.#welcomed = true;
    return this.#port.startOf(this);
  }

  async read(from: string, { maxRecords, maxBytes, signal }: ReadOptions): Promise<Batch> {
    this.#welcomed = true;
    const held = this.#ahead.take(from, maxRecords);
    if (held !== undefined) return held;
    const { time } = this.#port;
    const ending = AbortSignal.any([signal, this.#changing.signal]);
    for (;;) {
      ending.throwIfAborted();
      const began = time.now();
      try {
        const batch = await unlessAborted(this.#reader.poll(from, { maxBytes, waitMs: WAIT_MS, signal: ending }), ending);
        this.#reading.over();
        this.#tellTrouble();
        if (compareOffsets(batch.next, this.#end) > 0) this.#end = batch.next;
        if (compareOffsets(batch.from, from) > 0) this.#start = batch.from;
        if (batch.records.length > 0 || batch.next !== from || batch.from !== from) return this.#ahead.put(batch, maxRecords);
      } catch (error) {
        await this.#reading.wait(error, ending);
        await this.#requireUncut(from, ending);
        continue;
      }
      const every = this.#reader.trouble === undefined ? POLL_EVERY_MS : TROUBLED_EVERY_MS;
      // Not for longer, should the clock be set back.
      await time.sleep(Math.min(every, began + every - time.now()), ending);
    }
  }

  async endAt(signal: AbortSignal): Promise<{ clock: number; end: string }> {
    const { time, topics } = this.#port;
    const ending = AbortSignal.any([signal, this.#changing.signal, this.#revoking.signal]);
    for (;;) {
      ending.throwIfAborted();
      try {
        // Before the welcome nothing rests on it but the log's length, which need not be proven to be the whole.
        if (!this.#welcomed) return await this.#introduced(ending);
        const next = this.#ahead.next;
        const found = next === undefined ? undefined : await unlessAborted(this.#reader.endAt(next, ending), ending);
        if (found !== undefined && 'end' in found) {
          // A partition that was added by then can hold what decides a window of this one.
          await unlessAborted(topics.since(this.topic, found.clock), ending);
          ending.throwIfAborted();
          this.#asking.over();
          this.#proven(found.end, next ?? found.end);
          return { clock: found.clock, end: found.end };
        }
        if (found !== undefined) this.#asking.over();
        this.#holds(found?.unproven);
      } catch (error) {
        if (error instanceof LogCut) throw error;
        await this.#asking.wait(error, ending);
        continue;
      }
      await time.sleep(PROVE_AGAIN_MS, ending);
    }
  }

  committed(next: string): void {
    // An offset of the old log means nothing in the new one.
    if (this.#changing.signal.aborted || this.#revoking.signal.aborted) return;
    if (compareOffsets(next, this.#end) > 0) this.#end = next;
    this.#port.committed(this.topic, this.partition, next);
  }

  /** The topic is another now: the connection ends, and the next one introduces itself with what the topic is then. */
  change(why: OrielError): void {
    this.#changing.abort(why);
  }

  /** There is no such partition any more, or the bridge ends. */
  revoke(): void {
    this.#revoking.abort();
  }

  async #introduced(signal: AbortSignal): Promise<{ clock: number; end: string }> {
    const clock = this.#port.time.now();
    await this.#look(signal);
    return { clock, end: this.#end };
  }

  /** Looks where the log begins and ends; waits for a gateway that does not answer. */
  async #look(signal: AbortSignal): Promise<void> {
    for (;;) {
      signal.throwIfAborted();
      try {
        const { start, end } = await unlessAborted(this.#reader.describe(signal), signal);
        this.#start = start;
        this.#end = end;
        return this.#asking.over();
      } catch (error) {
        await this.#asking.wait(error, signal);
      }
    }
  }

  /** A log that ends before what is to be read was cut, and that is for the object to judge. Where the gateway does not answer, nothing is known. */
  async #requireUncut(from: string, signal: AbortSignal): Promise<void> {
    const found = await unlessAborted(this.#reader.describe(signal), signal).catch((error: unknown) => {
      if (!isPassing(error)) throw error;
      return undefined;
    });
    if (found !== undefined && compareOffsets(found.end, from) < 0) throw new LogCut(this, found.end, from);
  }

  #proven(end: string, next: string): void {
    if (compareOffsets(end, next) < 0) throw new LogCut(this, end, next);
    if (this.#saidUnproven) this.#log('Where the log ends is proven again.');
    this.#saidUnproven = false;
    this.#unproven = undefined;
    if (compareOffsets(end, this.#end) > 0) this.#end = end;
  }

  /** No claim is made; said once, and not where it is only that records are on their way. */
  #holds(why: string | undefined): void {
    if (why === undefined) return;
    const now = this.#port.time.now();
    if (this.#unproven === undefined) this.#unprovenSince = now;
    this.#unproven = why;
    if (this.#saidUnproven || now - this.#unprovenSince < UNPROVEN_MS) return;
    this.#saidUnproven = true;
    this.#log(`Windows are held: ${sentence(why)}`);
  }

  #tellTrouble(): void {
    const { trouble } = this.#reader;
    if (trouble !== undefined && trouble !== this.#lastTrouble) this.#port.log(sentence(trouble));
    this.#lastTrouble = trouble;
  }

  async #renew(signal: AbortSignal): Promise<void> {
    await unlessAborted(this.#reader.close(signal), signal);
    this.#reader = this.#port.newReader(this.topic, this.partition);
  }

  #log(line: string): void {
    this.#port.log(`${this.topic}/${this.partition}: ${line}`);
  }
}

/** The log ends before what was read of it. */
class LogCut extends OrielError {
  constructor({ topic, partition }: RestPartition, end: string, next: string) {
    super('UNAVAILABLE', `Partition ${partition} of ${topic} ends at ${end}, before ${next}, which is to be read: the log was cut.`, {
      retryable: true,
    });
  }
}
