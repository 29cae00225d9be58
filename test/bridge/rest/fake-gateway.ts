import type { Gateway } from '../../../src/bridge/rest/gateway.ts';
import { OrielError } from '../../../src/core/errors.ts';
import type { GatewayTopic, LogBounds, LogEnd, PartitionReader } from '../../../src/gateway/gateway.ts';
import type { Batch, SourceRecord } from '../../../src/protocol/source-record.ts';
import type { VirtualTime } from '../virtual-time.ts';

export function down(message = 'The gateway does not answer.'): OrielError {
  return new OrielError('UNAVAILABLE', message, { retryable: true });
}

/** One partition of a log behind the fake gateway, and what was asked of its reader. */
export class FakeReader implements PartitionReader {
  readonly session = undefined;
  trouble: string | undefined;
  start = 0;
  end = 0;
  /** Why the end is not proven. */
  unproven: string | undefined;
  /** What the group has committed. */
  position: string | undefined;
  /** From where it was polled, each time. */
  readonly polls: string[] = [];
  readonly commits: string[] = [];
  readonly asked: string[] = [];
  closed = 0;
  readonly #gateway: FakeGateway;
  #records: SourceRecord[] = [];

  constructor(gateway: FakeGateway) {
    this.#gateway = gateway;
  }

  /** Writes records at these offsets; the log then ends at `end`. */
  write(offsets: readonly number[], end = (offsets.at(-1) ?? this.end - 1) + 1): void {
    this.#records.push(...offsets.map((offset) => ({ offset: String(offset), value: { json: '1' } })));
    this.end = end;
  }

  async describe(): Promise<GatewayTopic & LogBounds> {
    this.#gateway.answer();
    return { ...this.#gateway.topic, start: String(this.start), end: String(this.end) };
  }

  async poll(from: string): Promise<Batch> {
    this.polls.push(from);
    this.#gateway.answer();
    const at = Math.max(Number(from), this.start);
    const records = this.#records.filter(({ offset }) => Number(offset) >= at);
    return { from: String(at), records, next: records.length > 0 ? String(this.end) : String(at) };
  }

  async endAt(next: string): Promise<LogEnd> {
    this.asked.push(next);
    const clock = this.#gateway.time.now();
    this.#gateway.answer();
    return this.unproven === undefined ? { clock, end: String(this.end) } : { clock, unproven: this.unproven };
  }

  async first(from: 'earliest' | 'latest' | number): Promise<string> {
    return from === 'earliest' ? String(this.start) : from === 'latest' ? String(this.end) : '5';
  }

  async committed(): Promise<string | undefined> {
    return this.position;
  }

  async commit(next: string): Promise<void> {
    this.#gateway.answer();
    this.commits.push(next);
  }

  async close(): Promise<void> {
    this.closed++;
  }
}

/** A gateway with one topic, in memory. */
export class FakeGateway implements Gateway {
  readonly base = 'http://gateway';
  readonly time: VirtualTime;
  topic: GatewayTopic = { partitions: 1, incarnation: 'log-1' };
  /** What it answers in place of everything. */
  fault: OrielError | undefined;
  /** What it answers to who asks for the topic. */
  topicFault: OrielError | undefined;
  described = 0;
  readonly readers = new Map<number, FakeReader>();

  constructor(time: VirtualTime) {
    this.time = time;
  }

  answer(): void {
    if (this.fault !== undefined) throw this.fault;
  }

  async dialect() {
    this.answer();
    return 'confluent' as const;
  }

  async describe(): Promise<GatewayTopic> {
    this.described++;
    this.answer();
    if (this.topicFault !== undefined) throw this.topicFault;
    return this.topic;
  }

  reader(_topic: string, partition: number): FakeReader {
    const made = this.readers.get(partition) ?? new FakeReader(this);
    this.readers.set(partition, made);
    return made;
  }

  /** The reader of a partition, also before it is opened. */
  at(partition: number): FakeReader {
    return this.reader('t', partition);
  }
}
