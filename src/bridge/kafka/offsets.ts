import { type ClusterTopicMetadata, Consumer } from '@platformatic/kafka';
import { OrielError } from '../../core/errors.ts';
import type { Backoff } from '../backoff.ts';
import type { Time } from '../time.ts';
import { clientOptions, guarded, type KafkaConnection, kafkaFault } from './connection.ts';
import type { TopicState } from './watch.ts';

/** `ListOffsets` takes these for a timestamp. */
const LATEST = -1n;
const EARLIEST = -2n;
/** The high watermark: the last stable offset, which `read_committed` would give, says nothing of records in open transactions (T5). */
const READ_UNCOMMITTED = 0;

/** A leader that hangs is given up before the cluster has another, as a rule: what it was asked then, it does not answer as a former one. */
const REQUEST_TIMEOUT_MS = 8_000;

/** The end of a partition, the instant before it was asked for, and what the topic was after that instant. */
export interface EndAt {
  readonly clock: number;
  readonly end: bigint;
  readonly state: TopicState;
}

export interface OffsetsOptions {
  readonly connection: KafkaConnection;
  readonly topics: readonly string[];
  readonly time: Time;
  readonly log: (line: string) => void;
  readonly newBackoff: () => Backoff;
}

interface Waiter {
  readonly topic: string;
  readonly partition: number;
  readonly signal: AbortSignal;
  readonly resolve: (answer: EndAt) => void;
}

/**
 * Asks leaders for offsets. The ends that several partitions want at once are asked for in one request: one that is wanted while a request is out is asked for by the next,
 * so that its clock is read before it. Where that fails, each of them is asked for by itself until it is told, and
 * holds nobody up.
 */
export class Offsets {
  readonly #options: OffsetsOptions;
  readonly #consumer: Consumer;
  #waiting = new Set<Waiter>();
  #asking = false;
  #closed = false;
  /** Partitions that are asked for by themselves, and have failed at that. */
  readonly #failing = new Set<Waiter>();
  /** The highest leader epoch heard of each partition. */
  readonly #epochs = new Map<string, number>();

  constructor(options: OffsetsOptions) {
    this.#options = options;
    this.#consumer = guarded(new Consumer({ ...clientOptions(options.connection, 'offsets'), requestTimeout: REQUEST_TIMEOUT_MS, groupId: 'none' }));
    for (const topic of options.topics) this.#consumer.topics.track(topic);
  }

  /** Waits for as long as the leader cannot be asked; rejects when `signal` aborts, and with what no waiting can mend. */
  endAt(topic: string, partition: number, signal: AbortSignal): Promise<EndAt> {
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const abort = () => {
        this.#waiting.delete(waiter);
        reject(signal.reason);
      };
      const waiter: Waiter = {
        topic,
        partition,
        signal,
        resolve: (answer) => {
          signal.removeEventListener('abort', abort);
          resolve(answer);
        },
      };
      signal.addEventListener('abort', abort, { once: true });
      this.#waiting.add(waiter);
      void this.#ask();
    });
  }

  /** First offset that is there. @throws OrielError. */
  async start(topic: string, partition: number): Promise<bigint> {
    return (await this.#list(EARLIEST, new Map([[topic, [partition]]])))(topic, partition);
  }

  /** First offset of a record at or after an instant; the end where there is none. @throws OrielError. */
  async from(topic: string, partition: number, instant: number): Promise<bigint> {
    const which = new Map([[topic, [partition]]]);
    // In this order: what is written between the two lies at or after the end, and may lie after the instant.
    const end = await this.end(topic, partition);
    const found = (await this.#list(BigInt(instant), which))(topic, partition);
    return found >= 0n ? found : end;
  }

  /** The next offset to be written. @throws OrielError. */
  async end(topic: string, partition: number): Promise<bigint> {
    return (await this.#list(LATEST, new Map([[topic, [partition]]])))(topic, partition);
  }

  /** How many offsets a topic holds, over its partitions. @throws OrielError. */
  async held(topic: string, partitions: number): Promise<bigint> {
    const numbers = Array.from({ length: partitions }, (_, i) => i);
    const [starts, ends] = [await this.#list(EARLIEST, new Map([[topic, numbers]])), await this.#list(LATEST, new Map([[topic, numbers]]))];
    return numbers.reduce((sum, partition) => sum + ends(topic, partition) - starts(topic, partition), 0n);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#consumer.close();
  }

  async #ask(): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    try {
      while (this.#waiting.size > 0 && !this.#closed) {
        const round = [...this.#waiting];
        this.#waiting.clear();
        // Where one leader cannot be asked, the partitions of the others must not wait for it.
        await this.#answer(round).catch(() => {
          for (const waiter of round) void this.#askAlone(waiter);
        });
      }
    } finally {
      this.#asking = false;
    }
  }

  async #askAlone(waiter: Waiter): Promise<void> {
    const { time, newBackoff, log } = this.#options;
    const backoff = newBackoff();
    while (!waiter.signal.aborted && !this.#closed) {
      try {
        await this.#answer([waiter]);
        break;
      } catch (error) {
        if (this.#failing.size === 0)
          log(`${kafkaFault(error, 'ask for the ends of the partitions').message} Trying again; windows are held until then.`);
        this.#failing.add(waiter);
        await time.sleep(backoff.next(), waiter.signal);
      }
    }
    if (this.#failing.delete(waiter) && this.#failing.size === 0 && !waiter.signal.aborted) log('The ends of the partitions are told again.');
  }

  async #answer(round: readonly Waiter[]): Promise<void> {
    const clock = this.#options.time.now();
    const which = new Map<string, Set<number>>();
    for (const { topic, partition } of round) which.set(topic, (which.get(topic) ?? new Set()).add(partition));
    // A partition that was added by then can hold what decides a window of this one.
    const { topics } = await this.#consumer.metadata({ topics: [...which.keys()], forceUpdate: true });
    for (const { topic, partition } of round) this.#requireNewest(topic, partition, topics.get(topic));
    const endOf = await this.#list(LATEST, which);
    for (const waiter of round) {
      const found = topics.get(waiter.topic);
      if (found === undefined) throw new Error(`nothing is told of topic ${waiter.topic}`);
      waiter.resolve({ clock, end: endOf(waiter.topic, waiter.partition), state: { id: found.id, partitions: found.partitionsCount } });
    }
  }

  /** A broker that was cut off, or stood still, can take itself for a leader that it is no more, and the end of its log for the end: a claim would pass over records. */
  #requireNewest(topic: string, partition: number, found: ClusterTopicMetadata | undefined): void {
    const epoch = found?.partitions[partition]?.leaderEpoch;
    if (found === undefined || epoch === undefined) return;
    const name = `${found.id}/${partition}`;
    const newest = this.#epochs.get(name) ?? epoch;
    if (epoch < newest) {
      this.#consumer.clearMetadata();
      throw new OrielError('UNAVAILABLE', `A broker tells of a former leader of ${topic}/${partition} (epoch ${epoch}, now ${newest}).`, {
        retryable: true,
      });
    }
    this.#epochs.set(name, epoch);
  }

  async #list(timestamp: bigint, which: ReadonlyMap<string, Iterable<number>>): Promise<(topic: string, partition: number) => bigint> {
    try {
      const partitions = Object.fromEntries([...which].map(([topic, numbers]) => [topic, [...numbers]]));
      const offsets = await this.#consumer.listOffsets({ topics: [...which.keys()], partitions, timestamp, isolationLevel: READ_UNCOMMITTED });
      return (topic, partition) => {
        const offset = offsets.get(topic)?.[partition];
        if (offset === undefined) throw new Error(`no offset for partition ${partition} of ${topic}`);
        return offset;
      };
    } catch (error) {
      const fault = kafkaFault(error, `ask for offsets of ${[...which.keys()].join(', ')}`);
      // A leader that has just started can say so for a moment; whether the topic is gone is for the watch to tell.
      throw fault.code === 'UNKNOWN_TOPIC' ? new OrielError('UNAVAILABLE', fault.message, { retryable: true, cause: error }) : fault;
    }
  }
}
