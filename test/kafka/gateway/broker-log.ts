import { Admin, type BaseOptions, Consumer, FetchIsolationLevels, ListOffsetTimestamps, Producer } from '@platformatic/kafka';
import { clientOptions, guarded, isProtocolError, type KafkaConnection } from '../../../src/bridge/kafka/connection.ts';
import {
  type GatewayLog,
  type LogEdges,
  type LogIsolation,
  type LogPart,
  type NewLogRecord,
  OffsetOutOfRange,
  RecordRefused,
  type StoredLogRecord,
} from '../../support/gateway/log.ts';
import { recordsOf } from './committed-records.ts';

const ALL = -1;
const RETRIES = 20;
const RETRY_DELAY_MS = 100;
const MAX_BYTES = 16 * 1_024 * 1_024;
/** A fetch holds up what else its connection has to do. */
const FETCH_WAIT_MS = 20;
const KNOWN_MS = 1_000;
const REFUSALS = ['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE', 'INVALID_RECORD', 'INVALID_TIMESTAMP'];

interface KnownTopic {
  readonly at: number;
  readonly topic: { readonly partitions: number; readonly configs: Readonly<Record<string, string>> } | undefined;
}

/** The log of a test gateway that is a real cluster. */
export class BrokerLog implements GatewayLog {
  readonly #admin: Admin;
  readonly #producer: Producer;
  readonly #options: BaseOptions;
  /** One for each partition that is read, since a client has one fetch session with a broker, and two fetches at once break it; of those the last fetch, too. */
  readonly #readers = new Map<string, { readonly consumer: Consumer; last: Promise<unknown> }>();
  readonly #known = new Map<string, KnownTopic>();

  constructor(connection: KafkaConnection) {
    const options: BaseOptions = { ...clientOptions(connection, 'test-gateway'), retries: RETRIES, retryDelay: RETRY_DELAY_MS };
    this.#admin = guarded(new Admin(options));
    this.#producer = guarded(new Producer(options));
    this.#options = options;
  }

  async topics(): Promise<readonly string[]> {
    return this.#admin.listTopics();
  }

  async topic(name: string): Promise<KnownTopic['topic']> {
    const known = this.#known.get(name);
    if (known !== undefined && performance.now() - known.at < KNOWN_MS) return known.topic;
    const topic = await this.#describe(name);
    this.#known.set(name, { at: performance.now(), topic });
    return topic;
  }

  async append(topic: string, partition: number, records: readonly NewLogRecord[]): Promise<readonly StoredLogRecord[]> {
    const stored: StoredLogRecord[] = [];
    for (const { key, value, headers = [], timestamp = Date.now() } of records) {
      const message = {
        topic,
        partition,
        timestamp: BigInt(timestamp),
        ...(key === null ? {} : { key: Buffer.from(key) }),
        ...(value === null ? {} : { value: Buffer.from(value) }),
        headers: new Map(headers.map(([name, content]) => [Buffer.from(name), Buffer.from(content ?? [])])),
      };
      try {
        const { offsets } = await this.#producer.send({ acks: ALL, messages: [message] });
        stored.push({ key, value, headers, timestamp, offset: offsets?.[0]?.offset ?? -1n });
      } catch (error) {
        const refusal = REFUSALS.find((name) => isProtocolError(error, name));
        if (refusal === undefined) throw error;
        throw new RecordRefused(refusal, { cause: error });
      }
    }
    return stored;
  }

  async read(topic: string, partition: number, offset: bigint, most: number, isolation: LogIsolation): Promise<LogPart> {
    const name = `${topic}/${partition}`;
    const reader = this.#readers.get(name) ?? { consumer: guarded(new Consumer({ ...this.#options, groupId: 'none' })), last: Promise.resolve() };
    this.#readers.set(name, reader);
    const reading = reader.last.catch(() => undefined).then(() => read(reader.consumer, topic, partition, offset, most, isolation));
    reader.last = reading;
    return reading;
  }

  async edges(topic: string, partition: number): Promise<LogEdges> {
    const [start, stable, end] = await Promise.all([
      this.#listed(topic, partition, ListOffsetTimestamps.EARLIEST, false),
      this.#listed(topic, partition, ListOffsetTimestamps.LATEST, true),
      this.#listed(topic, partition, ListOffsetTimestamps.LATEST, false),
    ]);
    return { start, stable, end };
  }

  async offsetAt(topic: string, partition: number, timestamp: number): Promise<bigint | undefined> {
    const offset = await this.#listed(topic, partition, BigInt(timestamp), false);
    return offset < 0n ? undefined : offset;
  }

  async committed(group: string, topic: string, partition: number): Promise<bigint | undefined> {
    const [found] = await this.#admin.listConsumerGroupOffsets({
      groups: [{ groupId: group, topics: [{ name: topic, partitionIndexes: [partition] }] }],
    });
    const offset = found?.topics.find(({ name }) => name === topic)?.partitions[0]?.committedOffset ?? -1n;
    return offset < 0n ? undefined : offset;
  }

  async commit(group: string, topic: string, partition: number, offset: bigint): Promise<void> {
    await this.#admin.alterConsumerGroupOffsets({ groupId: group, topics: [{ name: topic, partitionOffsets: [{ partition, offset }] }] });
  }

  async close(): Promise<void> {
    const consumers = [...this.#readers.values()].map(({ consumer }) => consumer.close(true));
    await Promise.all([this.#admin.close(), this.#producer.close(true), ...consumers].map((closed) => closed.catch(() => undefined)));
  }

  async #describe(name: string): Promise<KnownTopic['topic']> {
    if (!(await this.#admin.listTopics()).includes(name)) return undefined;
    const { topics } = await this.#admin.metadata({ topics: [name], forceUpdate: true });
    const [described] = await this.#admin.describeConfigs({ resources: [{ resourceType: 2, resourceName: name }] });
    const configs = Object.fromEntries((described?.configs ?? []).map((config) => [config.name, config.value ?? '']));
    return { partitions: topics.get(name)?.partitionsCount ?? 0, configs };
  }

  async #listed(topic: string, partition: number, timestamp: bigint, isStable: boolean): Promise<bigint> {
    const isolationLevel = isStable ? FetchIsolationLevels.READ_COMMITTED : FetchIsolationLevels.READ_UNCOMMITTED;
    const listed = await this.#admin.listOffsets({
      topics: [{ name: topic, partitions: [{ partitionIndex: partition, timestamp }] }],
      isolationLevel,
    });
    return listed[0]?.partitions[0]?.offset ?? -1n;
  }
}

async function read(consumer: Consumer, topic: string, partition: number, offset: bigint, most: number, isolation: LogIsolation): Promise<LogPart> {
  const { topics } = await consumer.metadata({ topics: [topic] });
  const found = topics.get(topic);
  const leader = found?.partitions[partition]?.leader;
  if (found === undefined || leader === undefined) throw new Error(`The cluster has no leader of partition ${partition} of ${topic}.`);
  const isCommitted = isolation === 'read_committed';
  try {
    const { responses } = await consumer.fetch({
      node: leader,
      maxBytes: MAX_BYTES,
      minBytes: 1,
      maxWaitTime: FETCH_WAIT_MS,
      isolationLevel: isCommitted ? FetchIsolationLevels.READ_COMMITTED : FetchIsolationLevels.READ_UNCOMMITTED,
      topics: [
        {
          topicId: found.id,
          partitions: [{ partition, currentLeaderEpoch: -1, fetchOffset: offset, lastFetchedEpoch: -1, partitionMaxBytes: MAX_BYTES }],
        },
      ],
    });
    const part = responses[0]?.partitions[0];
    const batches = part?.records ?? [];
    const there = recordsOf(batches, isCommitted ? (part?.abortedTransactions ?? []) : []).filter((record) => record.offset >= offset);
    const records = there.slice(0, most);
    const last = records.at(-1);
    const lastBatch = batches.at(-1);
    if (there.length > records.length && last !== undefined) return { records, next: last.offset + 1n };
    return { records, next: lastBatch === undefined ? offset : lastBatch.firstOffset + BigInt(lastBatch.lastOffsetDelta) + 1n };
  } catch (error) {
    if (!isProtocolError(error, 'OFFSET_OUT_OF_RANGE')) throw error;
    throw new OffsetOutOfRange(`${offset} of ${topic}-${partition} is out of range.`, { cause: error });
  }
}
