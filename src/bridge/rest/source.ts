import { messageOf, OrielError } from '../../core/errors.ts';
import type { GatewayTopic, PartitionReader } from '../../gateway/gateway.ts';
import { Backoff } from '../backoff.ts';
import { Commits } from '../kafka/commits.ts';
import { patiently } from '../patiently.ts';
import { Pulse } from '../pulse.ts';
import type { Source, SourcePartition } from '../source.ts';
import type { Time } from '../time.ts';
import { AskedTopics } from './asked-topics.ts';
import { dialectNotes } from './dialect-notes.ts';
import type { Gateway } from './gateway.ts';
import { Outages } from './outage.ts';
import { RestPartition, type RestPartitionPort } from './partition.ts';
import { restStart } from './start.ts';

export interface RestSourceOptions {
  readonly gateway: Gateway;
  readonly topics: readonly string[];
  /** Takes the offsets; nobody is a member of it. */
  readonly group: string;
  /** Where a group without a position starts; an instant in ms. */
  readonly from: 'committed' | 'earliest' | 'latest' | number;
  readonly time: Time;
  /** Takes lines for people. */
  readonly log: (line: string) => void;
  /** In [0, 1). */
  readonly random?: () => number;
}

/** How long what is still to be said to the gateway may take at the end. */
const GOODBYE_MS = 1_500;

/**
 * Topics behind a REST gateway, each partition with a reader of its own. There is no group to share them in: every partition is ours, and of two bridges the one that was opened later
 * takes over (P5). The group's offsets follow what the objects have acknowledged (P2).
 */
export class RestSource implements Source {
  readonly #options: RestSourceOptions;
  readonly #generation: number;
  readonly #changed = new Pulse();
  readonly #states = new Map<string, GatewayTopic>();
  /** How many partitions each topic had, and offsets in them, when we came. */
  readonly #held = new Map<string, { readonly partitions: number; readonly offsets: bigint }>();
  readonly #ours = new Map<string, RestPartition>();
  readonly #topics: AskedTopics;
  readonly #commits: Commits;
  readonly #port: RestPartitionPort;
  /** Partitions that became ours and were not handed out yet. */
  #fresh: RestPartition[] = [];
  #failure: unknown;
  /** Aborts when nothing more is waited for. */
  readonly #leaving = new AbortController();

  constructor(options: RestSourceOptions) {
    this.#options = options;
    const { gateway, topics, time, log } = options;
    this.#generation = time.now();
    this.#topics = new AskedTopics({ gateway, topics, time, onFound: (topic, state) => this.#topicIs(topic, state) });
    this.#commits = new Commits({
      commit: async (positions) => {
        const { signal } = this.#leaving;
        await Promise.all(positions.map(({ topic, partition, offset }) => this.#readerOf(topic, partition).commit(String(offset), signal)));
      },
      isOurs: (topic, partition) => this.#ours.has(`${topic}/${partition}`),
      time,
      log,
    });
    this.#port = {
      newReader: (topic, partition) => gateway.reader(topic, partition),
      topics: this.#topics,
      time,
      generation: this.#generation,
      outages: new Outages({ time, log, newBackoff: () => this.#newBackoff() }),
      log,
      stateOf: (topic) => this.#stateOf(topic),
      startOf: (partition) =>
        restStart({
          ...this.#options,
          topic: partition.topic,
          partition: partition.partition,
          partitions: this.#stateOf(partition.topic).partitions,
          readerOf: (number) => this.#readerOf(partition.topic, number),
          heldAtStart: this.#heldBefore(partition),
          signal: partition.revoked,
        }),
      committed: (topic, partition, next) => this.#commits.moved({ topic, partition, offset: BigInt(next) }),
    };
  }

  async *partitions(signal: AbortSignal): AsyncGenerator<SourcePartition> {
    const { time, log } = this.#options;
    const opened = await patiently({ time, log, backoff: this.#newBackoff() }, signal, () => this.#open(signal));
    if (opened === undefined) return;
    for (const line of opened) log(line);
    void this.#commits.run();
    this.#topics.run().catch((error: unknown) => this.#fail(error));
    const wake = () => this.#changed.beat();
    signal.addEventListener('abort', wake, { once: true });
    while (!signal.aborted) {
      if (this.#failure !== undefined) throw this.#failure;
      const partition = this.#fresh.shift();
      if (partition === undefined) await this.#changed.wait();
      else if (!partition.revoked.aborted) yield partition;
    }
  }

  async close(): Promise<void> {
    const { time } = this.#options;
    this.#topics.close();
    this.#commits.stop();
    await Promise.race([this.#commits.flush(), time.sleep(GOODBYE_MS)]);
    const closing = [...this.#ours.values()].map((partition) => this.#letGo(partition));
    await Promise.race([Promise.all(closing), time.sleep(GOODBYE_MS)]);
    this.#leaving.abort();
  }

  /** Looks at the topics, all of them, before anything is read. Gives what is worth saying. */
  async #open(signal: AbortSignal): Promise<readonly string[]> {
    const { gateway, topics, from } = this.#options;
    const dialect = await gateway.dialect(signal);
    for (const topic of topics) {
      const state = await gateway.describe(topic, signal);
      this.#states.set(topic, state);
      this.#take(topic, state.partitions);
      if (from !== 'committed') continue;
      // Without a choice it matters whether there is anything to choose: whoever begins to produce later has to be told nothing.
      const bounds = await Promise.all(Array.from({ length: state.partitions }, (_, number) => this.#readerOf(topic, number).describe(signal)));
      const offsets = bounds.reduce((sum, { start, end }) => sum + BigInt(end) - BigInt(start), 0n);
      this.#held.set(topic, { partitions: state.partitions, offsets });
    }
    return [`The gateway at ${gateway.base} speaks as ${dialect} does.`, ...dialectNotes(dialect)];
  }

  /** Takes up the partitions of a topic that we do not have yet, and lets go of those that are no more. */
  #take(topic: string, count: number): void {
    for (let number = 0; number < count; number++) {
      const name = `${topic}/${number}`;
      if (this.#ours.has(name)) continue;
      const partition = new RestPartition(topic, number, this.#port);
      this.#ours.set(name, partition);
      this.#fresh.push(partition);
    }
    for (const [name, partition] of this.#ours)
      if (partition.topic === topic && partition.partition >= count) {
        this.#ours.delete(name);
        void this.#letGo(partition);
      }
    this.#changed.beat();
  }

  #topicIs(topic: string, state: GatewayTopic): void {
    const before = this.#states.get(topic);
    if (before === undefined || (before.incarnation === state.incarnation && before.partitions === state.partitions)) return;
    this.#states.set(topic, state);
    const anew = before.incarnation !== state.incarnation;
    const why = anew
      ? new OrielError('INCARNATION', `Topic ${topic} is another log: ${state.incarnation}, it was ${before.incarnation}.`, { retryable: true })
      : new OrielError('PARTITIONS', `Topic ${topic} has ${state.partitions} partitions now, it had ${before.partitions}.`, { retryable: true });
    for (const partition of this.#ours.values()) if (partition.topic === topic) partition.change(why);
    if (anew) this.#commits.forget(topic);
    this.#take(topic, state.partitions);
  }

  #letGo(partition: RestPartition): Promise<void> {
    return partition.close(this.#leaving.signal).catch((error: unknown) => this.#options.log(messageOf(error)));
  }

  /** What was there when we came; nothing of a partition that was added since. */
  #heldBefore({ topic, partition }: RestPartition): bigint {
    const held = this.#held.get(topic);
    return held === undefined || partition >= held.partitions ? 0n : held.offsets;
  }

  #stateOf(topic: string): GatewayTopic {
    return this.#states.get(topic) as GatewayTopic;
  }

  #readerOf(topic: string, partition: number): PartitionReader {
    return (this.#ours.get(`${topic}/${partition}`) as RestPartition).reader;
  }

  #fail(error: unknown): void {
    this.#failure ??= error;
    this.#changed.beat();
  }

  #newBackoff(): Backoff {
    return new Backoff(this.#options.random ?? Math.random);
  }
}
