import { OrielError } from '../core/errors.ts';
import type { Batch } from '../protocol/source-record.ts';
import type { GatewayTopic, LogBounds, LogEnd, PartitionReader, PollOptions, ReaderOptions } from './gateway.ts';
import { inTurn } from './in-turn.ts';
import { type PollAnswer, pollAnswerOf } from './poll-answer.ts';
import { sourceRecordOf } from './records.ts';
import { RedpandaCommits } from './redpanda-commits.ts';
import { type RedpandaPartition, redpandaEnd, redpandaHas, redpandaRead, redpandaStart } from './redpanda-log.ts';
import { describeTopic, requirePartition } from './topic.ts';

const MOST_INT = 2_147_483_647;

/**
 * Reads by offset, without a consumer: nothing has to be remembered, and a hole in the offsets is one of the log. Where the log starts and ends is found by asking which offsets it
 * has; one that is out of range is refused. Records of transactions that are open or were aborted come like others: this proxy knows no other way.
 */
export class RedpandaReader implements PartitionReader {
  readonly session = undefined;
  readonly #options: ReaderOptions;
  readonly #partition: RedpandaPartition;
  readonly #commits: RedpandaCommits;
  readonly #turn = inTurn();
  #end = 0n;
  #trouble: string | undefined;

  constructor(options: ReaderOptions) {
    this.#options = options;
    this.#partition = { connection: options.connection, topic: options.topic, partition: options.partition };
    this.#commits = new RedpandaCommits(options);
  }

  get trouble(): string | undefined {
    return this.#trouble;
  }

  async describe(signal: AbortSignal): Promise<GatewayTopic & LogBounds> {
    const { connection, topic, partition } = this.#options;
    const described = await describeTopic(connection, topic, this.#options, signal);
    requirePartition(described, topic, partition);
    const start = await this.#start(signal);
    return { ...described, start: String(start), end: String(await this.#endFrom(start, signal)) };
  }

  async poll(from: string, options: PollOptions): Promise<Batch> {
    const at = BigInt(from);
    const answer = await this.#read(at, options.waitMs, options.maxBytes, options.signal);
    if (answer === undefined) return this.#outOfRange(at, options.signal);
    if (answer.cut && answer.records.length === 0) return this.#passLarge(at, options);
    this.#trouble = undefined;
    const last = answer.records.at(-1);
    return { from, records: answer.records.map(sourceRecordOf), next: last === undefined ? from : String(last.offset + 1n) };
  }

  async endAt(next: string, signal: AbortSignal): Promise<LogEnd> {
    const clock = this.#options.now();
    const at = BigInt(next);
    const known = this.#end > at && (await this.#has(this.#end, signal)) ? this.#end : at;
    const end = await redpandaEnd(this.#partition, this.#options, known, signal);
    if (end === undefined) return { clock, unproven: `the log does not have offset ${next}, or lost it while its end was looked for` };
    this.#end = end;
    return { clock, end: String(end) };
  }

  async first(from: 'earliest' | 'latest' | number, signal: AbortSignal): Promise<string> {
    if (typeof from === 'number') {
      throw new OrielError('OPTION', 'A REST gateway does not tell the offset of an instant: start at earliest or latest, or at an offset.');
    }
    const start = await this.#start(signal);
    return String(from === 'earliest' ? start : await this.#endFrom(start, signal));
  }

  /** Asking for it takes a GET request with a body, which `fetch` does not send. */
  async committed(): Promise<undefined> {
    return undefined;
  }

  commit(next: string, signal: AbortSignal): Promise<void> {
    return this.#turn(() => this.#commits.commit(BigInt(next), signal));
  }

  close(signal: AbortSignal): Promise<void> {
    return this.#turn(() => this.#commits.close(signal));
  }

  /** Records at or above `offset`: a batch that holds it begins below. `undefined`: out of range. */
  async #read(offset: bigint, waitMs: number, maxBytes: number, signal: AbortSignal): Promise<PollAnswer | undefined> {
    const { topic, partition, mostBytes } = this.#options;
    const asked = Math.min(maxBytes, mostBytes >> 1, MOST_INT);
    const answer = await redpandaRead(this.#partition, this.#options, { offset, waitMs, maxBytes: asked, mostBytes, signal });
    if (answer === undefined) return undefined;
    const { records, cut } = pollAnswerOf(answer, topic, partition);
    return { records: records.filter((record) => record.offset >= offset), cut };
  }

  /** The log begins above `from`: so much of it is gone. @throws OrielError, retryable, where it may as well end below: whether it was cut is to be looked at */
  async #outOfRange(from: bigint, signal: AbortSignal): Promise<Batch> {
    const start = await redpandaStart(this.#partition, this.#options, from, signal);
    if (start === undefined) {
      const { topic, partition } = this.#options;
      throw new OrielError(
        'UNAVAILABLE',
        `${topic}-${partition}: offset ${from} is out of range, and where its log starts was not found. Is it the log that was read before?`,
        { retryable: true },
      );
    }
    this.#trouble = undefined;
    return { from: String(start), records: [], next: String(start) };
  }

  /** The first record at or above `from` is more than may be read. It is handed on as too large where it is proven to be the one at `from`. */
  async #passLarge(from: bigint, { maxBytes, signal }: PollOptions): Promise<Batch> {
    const { topic, partition, mostBytes } = this.#options;
    const behind = await this.#read(from + 1n, 0, maxBytes, signal);
    const another = behind !== undefined && behind.records.length > 0;
    const alone =
      behind !== undefined && !behind.cut && !another && (await redpandaEnd(this.#partition, this.#options, from + 1n, signal)) === from + 1n;
    if (!another && !alone) {
      this.#trouble = `${topic}-${partition}: the gateway gives no record at or above offset ${from} within ${mostBytes} bytes, and which offset it has is not proven. Let more be read at once, or write it anew in parts.`;
      return { from: String(from), records: [], next: String(from) };
    }
    this.#trouble = undefined;
    return { from: String(from), records: [{ offset: String(from), value: { omitted: mostBytes } }], next: String(from + 1n) };
  }

  async #start(signal: AbortSignal): Promise<bigint> {
    const start = await redpandaStart(this.#partition, this.#options, 0n, signal);
    if (start !== undefined) return start;
    const { topic, partition } = this.#options;
    throw new OrielError(
      'OPTION',
      `${topic}-${partition}: Redpanda's HTTP proxy does not tell where a log starts, and its retention has left too little to find it by asking. Read this topic by the Kafka protocol (kafka://).`,
    );
  }

  async #endFrom(known: bigint, signal: AbortSignal): Promise<bigint> {
    const end = await redpandaEnd(this.#partition, this.#options, known, signal);
    if (end === undefined) throw new OrielError('UNAVAILABLE', 'the log moved while its end was looked for', { retryable: true });
    this.#end = end;
    return end;
  }

  #has(offset: bigint, signal: AbortSignal): Promise<boolean> {
    return redpandaHas(this.#partition, this.#options, offset, signal);
  }
}
