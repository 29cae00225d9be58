import { Backoff } from '../../../src/bridge/backoff.ts';
import { Feed } from '../../../src/bridge/kafka/fetcher.ts';
import { KafkaPartition, type PartitionPort } from '../../../src/bridge/kafka/partition.ts';
import { sizeOf } from '../../../src/bridge/kafka/records.ts';
import type { TopicState } from '../../../src/bridge/kafka/watch.ts';
import { OrielError } from '../../../src/core/errors.ts';
import { VirtualTime } from '../virtual-time.ts';

/** What one partition has read ahead, brought by the test as a leader would. */
class FakeFeed extends Feed {
  /** An answer with records at these offsets, after which the next fetch begins at `position`. */
  bring(offsets: readonly bigint[], position: bigint): void {
    for (const offset of offsets) {
      const record = { length: 0, attributes: 0, timestampDelta: 0n, offsetDelta: 0, key: null, value: Buffer.from('1'), headers: [] };
      this.records.push({ offset, timestamp: 1_000n, record });
      this.bytes += sizeOf({ offset, timestamp: 1_000n, record });
    }
    this.position = position;
    this.changed.beat();
  }

  /** The leader says that the log does not have the position. */
  lose(): void {
    this.outOfRange = true;
    this.changed.beat();
  }
}

/** A topic as the partitions of a source see it, and what they ask of it. */
export class FakeLog {
  readonly time = new VirtualTime();
  /** What the leader says. */
  start = 0n;
  end = 0n;
  state: TopicState = { id: 'log-1', partitions: 4 };
  /** What the source holds the topic to be. */
  known: TopicState = { id: 'log-1', partitions: 4 };
  /** Where the group is. */
  position = 0n;
  /** Neither leader nor coordinator answers. */
  silent = false;
  readonly opened: string[] = [];
  dropped = 0;
  taken = 0;
  readonly found: TopicState[] = [];
  readonly committed: bigint[] = [];
  #feed: FakeFeed | undefined;

  /** One partition of a log that begins and ends at `from`. */
  static of({ from }: { readonly from: bigint }): { readonly log: FakeLog; readonly partition: KafkaPartition } {
    const log = new FakeLog();
    Object.assign(log, { start: from, end: from });
    const partition: KafkaPartition = new KafkaPartition(
      't',
      0,
      log.#port(() => partition),
    );
    return { log, partition };
  }

  /** The feed opened last. */
  get feed(): FakeFeed {
    if (this.#feed === undefined) throw new Error('nothing was read yet');
    return this.#feed;
  }

  #port(partition: () => KafkaPartition): PartitionPort {
    const answer = async <T>(value: () => T, signal: AbortSignal): Promise<T> => {
      if (!this.silent) return value();
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    };
    return {
      fetcher: {
        open: (topic, topicId, number, position) => {
          this.opened.push(`${topicId} at ${position}`);
          this.#feed = new FakeFeed(topic, topicId, number, position, new Backoff(() => 0));
          return this.#feed;
        },
        drop: () => {
          this.dropped++;
        },
        taken: () => {
          this.taken++;
        },
      },
      offsets: {
        start: async () => this.start,
        endAt: (_topic, _partition, signal) => answer(() => ({ clock: this.time.now(), end: this.end, state: this.state }), signal),
      },
      time: this.time,
      generation: 7,
      stateOf: () => this.known,
      topicIs: (_, state) => {
        this.found.push(state);
        partition().change(new OrielError('INCARNATION', 'another topic', { retryable: true }));
      },
      startOf: async () => this.position,
      committed: (_topic, _partition, next) => {
        this.committed.push(next);
      },
      isCurrent: (_, signal) => answer(() => true, signal),
    };
  }
}
