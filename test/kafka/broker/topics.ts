import { setTimeout as sleep } from 'node:timers/promises';
import { Admin, type BaseOptions, FetchIsolationLevels, ListOffsetTimestamps, Producer } from '@platformatic/kafka';
import { clientOptions, guarded, type KafkaConnection } from '../../../src/bridge/kafka/connection.ts';
import { type LogRecord, readLog } from './log.ts';
import { type RecordToProduce, runsOf, toMessage } from './record.ts';
import { OpenTransaction } from './transaction.ts';

export type Isolation = 'read_committed' | 'read_uncommitted';

export interface TopicOptions {
  /** Default: 1. */
  readonly partitions?: number;
  /** How many brokers have each partition. Default: 1. */
  readonly replicas?: number;
  /** The brokers that have each partition, the preferred leader first: instead of the two above. */
  readonly placed?: readonly (readonly number[])[];
  /** Settings of the topic, such as `retention.ms`. */
  readonly config?: Readonly<Record<string, string>>;
}

/** Stored is what every in-sync replica has. The client takes it of a producer only where that is idempotent. */
const ALL = -1;
const RETRIES = 50;
const RETRY_DELAY_MS = 100;
const POLL_MS = 50;
const WAIT_MS = 30_000;

/** What tests do to a cluster by hand, and see in it: by clients of their own, which wait for a broker that is not there for a moment. */
export class Topics {
  readonly #options: BaseOptions;
  readonly #admin: Admin;
  readonly #producer: Producer;
  readonly #transactions = new Set<OpenTransaction>();

  constructor(connection: KafkaConnection) {
    this.#options = patient(connection);
    this.#admin = guarded(new Admin(this.#options));
    this.#producer = guarded(new Producer(this.#options));
  }

  /** Resolves when every partition has a leader. */
  async createTopic(topic: string, { partitions = 1, replicas = 1, placed, config = {} }: TopicOptions = {}): Promise<void> {
    const configs = Object.entries(config).map(([name, value]) => ({ name, value }));
    const where =
      placed === undefined
        ? { partitions, replicas }
        : { partitions: -1, replicas: -1, assignments: placed.map((brokers, partition) => ({ partition, brokers: [...brokers] })) };
    await this.#admin.createTopics({ topics: [topic], ...where, configs });
    await this.#untilPartitions(topic, placed?.length ?? partitions);
  }

  /** Resolves when the cluster knows the topic no more: another may have its name then. */
  async deleteTopic(topic: string): Promise<void> {
    await this.#admin.deleteTopics({ topics: [topic] });
    await until(`topic ${topic} to be gone`, async () => !(await this.#admin.listTopics()).includes(topic));
  }

  /** `count` is that of all its partitions then. */
  async addPartitions(topic: string, count: number): Promise<void> {
    await this.#admin.createPartitions({ topics: [{ name: topic, count }] });
    await this.#untilPartitions(topic, count);
  }

  /** Changes settings of a topic. */
  async alterTopic(topic: string, config: Readonly<Record<string, string>>): Promise<void> {
    const configs = Object.entries(config).map(([name, value]) => ({ name, value, configOperation: 0 as const }));
    await this.#admin.incrementalAlterConfigs({ resources: [{ resourceType: 2, resourceName: topic, configs }] });
  }

  /** A group with members cannot be deleted. */
  async deleteGroup(group: string): Promise<void> {
    await this.#admin.deleteGroups({ groups: [group] });
  }

  /** Drops the records before `offset`, as retention would. */
  async deleteRecords(topic: string, partition: number, offset: bigint): Promise<void> {
    await this.#admin.deleteRecords({ topics: [{ name: topic, partitions: [{ partition, offset }] }] });
  }

  /** Resolves when they are stored, in this order within a partition. */
  async produce(topic: string, records: readonly RecordToProduce[]): Promise<void> {
    for (const run of runsOf(records, Date.now())) await this.#producer.send({ acks: ALL, messages: run.map((record) => toMessage(topic, record)) });
  }

  /** Begins a transaction; as long as it is open, it holds back what `read_committed` may see of the partitions it has written to. */
  async begin(transactionalId: string): Promise<OpenTransaction> {
    const transaction = await OpenTransaction.begin(this.#options, transactionalId);
    this.#transactions.add(transaction);
    return transaction;
  }

  /** One producer, one transaction after another, each of one record. */
  async transactions(topic: string, steps: readonly (readonly [value: string, end: 'commit' | 'abort'])[]): Promise<void> {
    const producer = new Producer({ ...this.#options, idempotent: true, transactionalId: `transactions-of-${topic}` });
    for (const [value, end] of steps) {
      const transaction = await producer.beginTransaction();
      await transaction.send({ messages: [toMessage(topic, { value })] });
      await transaction[end]();
    }
    await producer.close();
  }

  /** What the group has committed, by partition; `undefined` where nothing. */
  async committedOffsets(group: string, topic: string): Promise<(bigint | undefined)[]> {
    const count = await this.partitions(topic);
    const partitionIndexes = Array.from({ length: count }, (_, partition) => partition);
    const [found] = await this.#admin.listConsumerGroupOffsets({ groups: [{ groupId: group, topics: [{ name: topic, partitionIndexes }] }] });
    const listed = found?.topics.find(({ name }) => name === topic)?.partitions ?? [];
    const offsets = new Map(listed.map(({ partitionIndex, committedOffset }) => [partitionIndex, committedOffset]));
    return partitionIndexes.map((partition) => {
      const offset = offsets.get(partition) ?? -1n;
      return offset < 0n ? undefined : offset;
    });
  }

  /** Sets what a group without members has committed. */
  async commitOffset(group: string, topic: string, partition: number, offset: bigint): Promise<void> {
    await this.#admin.alterConsumerGroupOffsets({ groupId: group, topics: [{ name: topic, partitionOffsets: [{ partition, offset }] }] });
  }

  /** The next offset of each partition; `read_committed`: the last stable one. */
  async endOffsets(topic: string, isolation: Isolation = 'read_committed'): Promise<bigint[]> {
    return this.#offsets(topic, ListOffsetTimestamps.LATEST, isolation);
  }

  /** The first offset that each partition still has. */
  async startOffsets(topic: string): Promise<bigint[]> {
    return this.#offsets(topic, ListOffsetTimestamps.EARLIEST, 'read_uncommitted');
  }

  async partitions(topic: string): Promise<number> {
    const { topics } = await this.#admin.metadata({ topics: [topic], forceUpdate: true });
    return topics.get(topic)?.partitionsCount ?? 0;
  }

  /**
   * Every record that the topic has now, by partition and offset. `read_committed` leaves out what transactions have aborted and what comes after an open
   * one; it goes by the markers in the log itself, so that it does not share a fault with a client under test.
   */
  async readAll(topic: string, isolation: Isolation = 'read_committed'): Promise<LogRecord[]> {
    const [starts, ends] = await Promise.all([this.startOffsets(topic), this.endOffsets(topic, isolation)]);
    return readLog(this.#options, topic, starts, ends, isolation === 'read_committed');
  }

  /** Closes the clients, and aborts what transactions are still open. */
  async close(): Promise<void> {
    for (const transaction of this.#transactions) await transaction.close();
    await Promise.all([this.#admin.close(), this.#producer.close(true)].map((closed) => closed.catch(() => undefined)));
  }

  async #offsets(topic: string, timestamp: bigint, isolation: Isolation): Promise<bigint[]> {
    const count = await this.partitions(topic);
    const partitions = Array.from({ length: count }, (_, partitionIndex) => ({ partitionIndex, timestamp }));
    const isolationLevel = isolation === 'read_committed' ? FetchIsolationLevels.READ_COMMITTED : FetchIsolationLevels.READ_UNCOMMITTED;
    const listed = await this.#admin.listOffsets({ topics: [{ name: topic, partitions }], isolationLevel });
    const offsets = new Map(listed.flatMap((found) => found.partitions.map(({ partitionIndex, offset }) => [partitionIndex, offset])));
    return partitions.map(({ partitionIndex }) => offsets.get(partitionIndex) ?? 0n);
  }

  async #untilPartitions(topic: string, count: number): Promise<void> {
    await until(`topic ${topic} to have ${count} partitions`, async () => {
      const { topics } = await this.#admin.metadata({ topics: [topic], forceUpdate: true });
      const partitions = topics.get(topic)?.partitions ?? [];
      return partitions.filter(({ leader }) => leader >= 0).length === count;
    });
  }
}

/** Clients that try again, unlike those of the product. */
function patient(connection: KafkaConnection): BaseOptions {
  return { ...clientOptions(connection, 'test'), retries: RETRIES, retryDelay: RETRY_DELAY_MS };
}

async function until(what: string, isTrue: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + WAIT_MS;
  while (!(await isTrue().catch(() => false))) {
    if (performance.now() > end) throw new Error(`${WAIT_MS} ms passed while waiting for ${what}.`);
    await sleep(POLL_MS);
  }
}
