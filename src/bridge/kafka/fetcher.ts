import { Consumer, type ResponseError } from '@platformatic/kafka';
import { OrielError } from '../../core/errors.ts';
import type { Backoff } from '../backoff.ts';
import { Pulse } from '../pulse.ts';
import type { Time } from '../time.ts';
import { type FetchResponse, type Isolation, type LogRecord, sliceOf } from './batches.ts';
import { clientOptions, guarded, type KafkaConnection, kafkaFault } from './connection.ts';
import { detached, sizeOf } from './records.ts';

/** How long a leader may keep a fetch open that finds nothing: by as much a partition that begins to read can have to wait for one that is out. */
const WAIT_MS = 100;
/** Bytes read ahead over all partitions, and the least and most that one of them may have of it. A batch comes whole, so one that is larger exceeds it. */
const AHEAD_BYTES = 32 * 1_048_576;
const LEAST_AHEAD = 262_144;
const MOST_AHEAD = 1_048_576;
const OFFSET_OUT_OF_RANGE = 1;
/** Kafka's leader of a partition that has none. */
const NO_LEADER = -1;

export interface FetcherOptions {
  readonly connection: KafkaConnection;
  readonly topics: readonly string[];
  readonly isolation: Isolation;
  readonly time: Time;
  readonly newBackoff: () => Backoff;
  readonly log: (line: string) => void;
  /** Default: one of this connection. */
  readonly consumer?: FetchCalls;
}

/** What is used of the library's consumer. */
export type FetchCalls = Pick<Consumer, 'metadata' | 'fetch' | 'clearMetadata' | 'close'>;

/** What one partition has read ahead of its session. */
export class Feed {
  readonly topic: string;
  readonly topicId: string;
  readonly partition: number;
  /** Where the next fetch begins. */
  position: bigint;
  readonly records: LogRecord[] = [];
  bytes = 0;
  /** The log does not have `position`: retention has passed it, or the log was cut. */
  outOfRange = false;
  /** What failed a moment ago is left alone for a while; the others go on. */
  resting = false;
  /** Beats whenever something of this has changed. */
  readonly changed = new Pulse();
  /** How long it is left alone after the next failure; reset by an answer without a fault. */
  readonly backoff: Backoff;

  constructor(topic: string, topicId: string, partition: number, position: bigint, backoff: Backoff) {
    this.topic = topic;
    this.topicId = topicId;
    this.partition = partition;
    this.position = position;
    this.backoff = backoff;
  }
}

/** Fetches for all partitions of a bridge: one request at a time to each leader, for those that have room. A session that does not read fills its room and is then left out. */
export class Fetcher {
  readonly #options: FetcherOptions;
  readonly #consumer: FetchCalls;
  readonly #feeds = new Set<Feed>();
  /** Leaders with a request out. */
  readonly #busy = new Set<number>();
  /** Those that could not be read when they were asked for last. */
  readonly #failing = new Set<Feed>();
  #scheduling = false;
  #scheduleAgain = false;
  #closed = false;

  constructor(options: FetcherOptions) {
    this.#options = options;
    this.#consumer = options.consumer ?? consumerOf(options);
  }

  /** Begins to read ahead from `position`. */
  open(topic: string, topicId: string, partition: number, position: bigint): Feed {
    const feed = new Feed(topic, topicId, partition, position, this.#options.newBackoff());
    this.#feeds.add(feed);
    void this.#schedule();
    return feed;
  }

  /** What was read ahead is dropped with it. */
  drop(feed: Feed): void {
    this.#feeds.delete(feed);
    this.#failing.delete(feed);
  }

  /** Room has become free. */
  taken(): void {
    void this.#schedule();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#feeds.clear();
    this.#failing.clear();
    await this.#consumer.close();
  }

  get #ahead(): number {
    return Math.min(MOST_AHEAD, Math.max(LEAST_AHEAD, Math.floor(AHEAD_BYTES / Math.max(1, this.#feeds.size))));
  }

  /** Sends a fetch to each leader that has none out, for the partitions it leads that have room. */
  async #schedule(): Promise<void> {
    this.#scheduleAgain = true;
    if (this.#scheduling) return;
    this.#scheduling = true;
    try {
      while (this.#scheduleAgain && !this.#closed) {
        this.#scheduleAgain = false;
        const ahead = this.#ahead;
        const wanting = [...this.#feeds].filter((feed) => feed.bytes < ahead && !feed.outOfRange && !feed.resting);
        if (wanting.length === 0) continue;
        try {
          for (const [leader, feeds] of await this.#byLeader(wanting)) {
            if (leader === NO_LEADER) void this.#rest(feeds, withoutLeader(feeds));
            else if (!this.#busy.has(leader)) void this.#fetch(leader, feeds, ahead);
          }
        } catch (error) {
          void this.#rest(wanting, error);
        }
      }
    } finally {
      this.#scheduling = false;
    }
  }

  async #byLeader(feeds: readonly Feed[]): Promise<Map<number, Feed[]>> {
    const { topics } = await this.#consumer.metadata({ topics: [...this.#options.topics] });
    const byLeader = new Map<number, Feed[]>();
    for (const feed of feeds) {
      const leader = topics.get(feed.topic)?.partitions[feed.partition]?.leader ?? NO_LEADER;
      if (!this.#feeds.has(feed)) continue;
      const led = byLeader.get(leader);
      if (led === undefined) byLeader.set(leader, [feed]);
      else led.push(feed);
    }
    return byLeader;
  }

  async #fetch(leader: number, feeds: readonly Feed[], partitionMaxBytes: number): Promise<void> {
    this.#busy.add(leader);
    const positions = new Map(feeds.map((feed) => [feed, feed.position]));
    try {
      const topics = [...new Set(feeds.map(({ topicId }) => topicId))].map((topicId) => ({
        topicId,
        partitions: feeds
          .filter((feed) => feed.topicId === topicId)
          .map(({ partition, position }) => ({ partition, currentLeaderEpoch: -1, fetchOffset: position, lastFetchedEpoch: -1, partitionMaxBytes })),
      }));
      const response = await this.#consumer.fetch({
        node: leader,
        topics,
        minBytes: 1,
        maxBytes: AHEAD_BYTES / 4,
        maxWaitTime: WAIT_MS,
        isolationLevel: this.#options.isolation === 'read_committed' ? 1 : 0,
      });
      this.#take(response, positions);
      this.#recovered(feeds);
    } catch (error) {
      // Partitions without a fault have their records in the same answer.
      const response = (error as Partial<ResponseError>).response as FetchResponse | undefined;
      const faulty = response?.responses === undefined ? feeds : this.#take(response, positions);
      this.#recovered(feeds.filter((feed) => !faulty.includes(feed)));
      if (faulty.length > 0) void this.#rest(faulty, error);
    } finally {
      this.#busy.delete(leader);
      void this.#schedule();
    }
  }

  /** Gives the partitions that have a fault which only time, or newer metadata, can mend. */
  #take(response: FetchResponse, positions: ReadonlyMap<Feed, bigint>): Feed[] {
    const faulty: Feed[] = [];
    for (const { topicId, partitions } of response.responses) {
      for (const answer of partitions) {
        const [feed, position] = [...positions].find(([{ topicId: id, partition }]) => id === topicId && partition === answer.partitionIndex) ?? [];
        if (feed === undefined || position === undefined || !this.#feeds.has(feed)) continue;
        if (answer.errorCode === OFFSET_OUT_OF_RANGE) feed.outOfRange = true;
        else if (answer.errorCode !== 0) {
          faulty.push(feed);
          continue;
        } else {
          const { records, next } = sliceOf(answer, position, this.#options.isolation);
          if (next === position) continue;
          // A session that reads takes them at once; what it leaves is kept for as long as it has no credit.
          for (const record of feed.records.length > 0 ? detached(records) : records) {
            feed.records.push(record);
            feed.bytes += sizeOf(record);
          }
          feed.position = next;
        }
        feed.changed.beat();
      }
    }
    return faulty;
  }

  /** Leaves partitions alone for as long as the one of them that has failed most often needs. */
  async #rest(feeds: readonly Feed[], error: unknown): Promise<void> {
    const { log, time } = this.#options;
    if (this.#closed) return;
    if (this.#failing.size === 0) log(`${kafkaFault(error, `read ${this.#options.topics.join(', ')}`).message} Trying again.`);
    for (const feed of feeds) {
      feed.resting = true;
      if (this.#feeds.has(feed)) this.#failing.add(feed);
    }
    this.#consumer.clearMetadata();
    await time.sleep(Math.max(...feeds.map(({ backoff }) => backoff.next())));
    for (const feed of feeds) feed.resting = false;
    void this.#schedule();
  }

  #recovered(feeds: readonly Feed[]): void {
    const failing = this.#failing.size;
    for (const feed of feeds) {
      feed.backoff.reset();
      this.#failing.delete(feed);
    }
    if (failing > 0 && this.#failing.size === 0) this.#options.log('Records are read again.');
  }
}

function consumerOf({ connection, topics }: FetcherOptions): Consumer {
  const consumer = guarded(new Consumer({ ...clientOptions(connection, 'fetch'), groupId: 'none' }));
  for (const topic of topics) consumer.topics.track(topic);
  return consumer;
}

function withoutLeader(feeds: readonly Feed[]): OrielError {
  const names = feeds.map(({ topic, partition }) => `${topic}/${partition}`).join(', ');
  return new OrielError('UNAVAILABLE', `No broker that is up leads ${names}.`, { retryable: true });
}
