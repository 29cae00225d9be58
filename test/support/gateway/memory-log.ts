import {
  type GatewayLog,
  type LogEdges,
  type LogIsolation,
  type LogPart,
  type NewLogRecord,
  OffsetOutOfRange,
  RecordRefused,
  type StoredLogRecord,
} from './log.ts';

export interface MemoryLogOptions {
  /** Topics and the number of their partitions. */
  readonly topics: Readonly<Record<string, number>>;
  /** Settings that topics have. Default: none but `cleanup.policy=delete`. */
  readonly configs?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Key and value together; more is refused. Default: 1 MiB, as Kafka's `message.max.bytes`. */
  readonly mostRecordBytes?: number;
  /** Processing time, ms. Default: the real one. */
  readonly now?: () => number;
}

interface Partition {
  start: bigint;
  end: bigint;
  readonly records: StoredLogRecord[];
  /** First offset of each transaction that is open. */
  readonly open: Set<bigint>;
  /** Offsets of aborted records. */
  readonly aborted: Set<bigint>;
}

/** A transaction that is still open in a memory log: what it appends is stable when it ends. */
export interface MemoryTransaction {
  append(records: readonly NewLogRecord[]): Promise<readonly StoredLogRecord[]>;
  /** Appends its marker. */
  end(how: 'commit' | 'abort'): void;
}

const MOST_RECORD_BYTES = 1_048_576;

/** A cluster in memory, with what the log of a real one can have: holes, markers of transactions, a start that moves, offsets of any size. */
export class MemoryLog implements GatewayLog {
  readonly #options: MemoryLogOptions;
  readonly #topics = new Map<string, Partition[]>();
  readonly #commits = new Map<string, bigint>();

  constructor(options: MemoryLogOptions) {
    this.#options = options;
    for (const [topic, partitions] of Object.entries(options.topics)) this.createTopic(topic, partitions);
  }

  /** A topic that was there under this name is gone. */
  createTopic(topic: string, partitions: number): void {
    this.#topics.set(
      topic,
      Array.from({ length: partitions }, () => ({ start: 0n, end: 0n, records: [], open: new Set(), aborted: new Set() })),
    );
  }

  deleteTopic(topic: string): void {
    this.#topics.delete(topic);
  }

  /** Offsets without a record, such as a transaction's marker or what compaction has removed. Default: one. */
  appendMarker(topic: string, partition: number, count = 1): void {
    this.#partition(topic, partition).end += BigInt(count);
  }

  /** Retention, or `DeleteRecords`. */
  deleteBelow(topic: string, partition: number, offset: bigint): void {
    const log = this.#partition(topic, partition);
    if (offset > log.end) throw new OffsetOutOfRange(`The log ends at ${log.end}.`);
    log.start = offset > log.start ? offset : log.start;
    while ((log.records[0]?.offset ?? log.start) < log.start) log.records.shift();
  }

  begin(topic: string, partition: number): MemoryTransaction {
    const log = this.#partition(topic, partition);
    const own: bigint[] = [];
    return {
      append: async (records) => {
        const stored = await this.append(topic, partition, records);
        if (own.length === 0 && stored[0] !== undefined) log.open.add(stored[0].offset);
        own.push(...stored.map(({ offset }) => offset));
        return stored;
      },
      end: (how) => {
        const [first] = own;
        if (first !== undefined) log.open.delete(first);
        if (how === 'abort') for (const offset of own) log.aborted.add(offset);
        log.end += 1n;
      },
    };
  }

  async topics(): Promise<readonly string[]> {
    return [...this.#topics.keys()];
  }

  async topic(name: string): Promise<{ partitions: number; configs: Readonly<Record<string, string>> } | undefined> {
    const partitions = this.#topics.get(name)?.length;
    return partitions === undefined ? undefined : { partitions, configs: { 'cleanup.policy': 'delete', ...this.#options.configs?.[name] } };
  }

  async append(topic: string, partition: number, records: readonly NewLogRecord[]): Promise<readonly StoredLogRecord[]> {
    const log = this.#partition(topic, partition);
    const most = this.#options.mostRecordBytes ?? MOST_RECORD_BYTES;
    for (const { key, value } of records) {
      const bytes = (key?.length ?? 0) + (value?.length ?? 0);
      if (bytes > most) throw new RecordRefused(`The message is ${bytes} bytes, which is larger than ${most}.`);
    }
    const now = (this.#options.now ?? Date.now)();
    return records.map((record) => {
      const stored = { headers: [], timestamp: now, ...record, offset: log.end };
      log.records.push(stored);
      log.end += 1n;
      return stored;
    });
  }

  async read(topic: string, partition: number, offset: bigint, most: number, isolation: LogIsolation): Promise<LogPart> {
    const log = this.#partition(topic, partition);
    if (offset < log.start || offset > log.end) throw new OffsetOutOfRange(`${offset} is not in [${log.start}, ${log.end}].`);
    const end = isolation === 'read_committed' ? stableEnd(log) : log.end;
    const isLeftOut = (record: StoredLogRecord) => isolation === 'read_committed' && log.aborted.has(record.offset);
    const there = log.records.filter((record) => record.offset >= offset && record.offset < end && !isLeftOut(record));
    const records = there.slice(0, most);
    const last = records.at(-1);
    return { records, next: there.length > records.length && last !== undefined ? last.offset + 1n : end > offset ? end : offset };
  }

  async edges(topic: string, partition: number): Promise<LogEdges> {
    const log = this.#partition(topic, partition);
    return { start: log.start, stable: stableEnd(log), end: log.end };
  }

  async offsetAt(topic: string, partition: number, timestamp: number): Promise<bigint | undefined> {
    return this.#partition(topic, partition).records.find((record) => record.timestamp >= timestamp)?.offset;
  }

  async committed(group: string, topic: string, partition: number): Promise<bigint | undefined> {
    return this.#commits.get(`${group}/${topic}/${partition}`);
  }

  async commit(group: string, topic: string, partition: number, offset: bigint): Promise<void> {
    this.#commits.set(`${group}/${topic}/${partition}`, offset);
  }

  #partition(topic: string, partition: number): Partition {
    const log = this.#topics.get(topic)?.[partition];
    if (log === undefined) throw new Error(`The memory log has no partition ${partition} of ${topic}.`);
    return log;
  }
}

function stableEnd(log: Partition): bigint {
  const [first] = [...log.open].sort((one, other) => (one < other ? -1 : 1));
  return first ?? log.end;
}
