import { messageOf, OrielError } from '../../core/errors.ts';
import { Backoff } from '../backoff.ts';
import { patiently } from '../patiently.ts';
import { Pulse } from '../pulse.ts';
import type { Source, SourcePartition } from '../source.ts';
import type { Time } from '../time.ts';
import type { Isolation } from './batches.ts';
import { Commits } from './commits.ts';
import type { KafkaConnection } from './connection.ts';
import { Fetcher } from './fetcher.ts';
import { type Assignment, Group } from './group.ts';
import { Offsets } from './offsets.ts';
import { KafkaPartition, type PartitionPort } from './partition.ts';
import { startingOffset } from './start.ts';
import { describeTopics, requireUncompacted } from './topic.ts';
import { type TopicState, Watch } from './watch.ts';

export interface KafkaSourceOptions {
  readonly connection: KafkaConnection;
  readonly topics: readonly string[];
  readonly group: string;
  /** Where a group without a position starts; an instant in ms. */
  readonly from: 'committed' | 'earliest' | 'latest' | number;
  readonly isolation: Isolation;
  readonly time: Time;
  /** Takes lines for people. */
  readonly log: (line: string) => void;
  /** In [0, 1). */
  readonly random?: () => number;
}

/**
 * Topics of a Kafka cluster, shared with the other members of a consumer group. A partition is ours from one rebalance to another. The offsets of the group follow what the
 * objects have acknowledged (P2): they are for the group's tools, and for an object that has lost its position; where one has it, that is what counts.
 */
export class KafkaSource implements Source {
  readonly #options: KafkaSourceOptions;
  readonly #changed = new Pulse();
  readonly #topics = new Map<string, TopicState>();
  /** How many offsets each topic held when we came. */
  readonly #held = new Map<string, bigint>();
  readonly #ours = new Map<string, KafkaPartition>();
  /** Partitions that became ours and were not handed out yet. */
  #fresh: KafkaPartition[] = [];
  #failure: unknown;
  #running: { readonly port: PartitionPort; begin(topic: string): void; close(): Promise<void> } | undefined;

  constructor(options: KafkaSourceOptions) {
    this.#options = options;
  }

  async *partitions(signal: AbortSignal): AsyncGenerator<SourcePartition> {
    const { connection, topics, time, log } = this.#options;
    const offsets = new Offsets({ connection, topics, time, log, newBackoff: () => this.#newBackoff() });
    const found = await patiently({ time, log, backoff: this.#newBackoff() }, signal, async () => {
      const descriptions = await describeTopics(connection, topics);
      return { descriptions, held: await Promise.all(descriptions.map(({ topic, partitions }) => offsets.held(topic, partitions))) };
    });
    if (found === undefined) {
      await offsets.close();
      return;
    }
    for (const [i, description] of found.descriptions.entries()) {
      requireUncompacted(description);
      if (description.cleanupPolicy === undefined)
        log(`Whether topic ${description.topic} is compacted cannot be seen: this user may not describe its settings. It must not be.`);
      this.#topics.set(description.topic, description);
      this.#held.set(description.topic, found.held[i] ?? 0n);
    }
    this.#run(offsets);
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
    for (const partition of this.#ours.values()) partition.revoke();
    await this.#running?.close();
  }

  #run(offsets: Offsets): void {
    const { connection, topics, isolation, time, log } = this.#options;
    const newBackoff = () => this.#newBackoff();
    const group = new Group({ ...this.#options, backoff: newBackoff(), onAssigned: (assignment) => this.#assigned(assignment) });
    const fetcher = new Fetcher({ connection, topics, isolation, time, log, newBackoff });
    const watch = new Watch({ connection, time, topics, onFound: (topic, state) => this.#topicIs(topic, state) });
    const isOurs = (topic: string, partition: number) => this.#ours.has(`${topic}/${partition}`);
    const commits = new Commits({ commit: (positions) => group.commit(positions), isOurs, time, log });
    const port: PartitionPort = {
      fetcher,
      offsets,
      time,
      get generation() {
        return group.generation;
      },
      topicIs: (topic, state) => this.#topicIs(topic, state),
      stateOf: (topic) => this.#topics.get(topic) as TopicState,
      startOf: ({ topic, partition, partitions }) =>
        startingOffset({ ...this.#options, topic, partition, partitions, positions: group, offsets, heldAtStart: this.#held.get(topic) ?? 0n }),
      committed: (topic, partition, offset) => commits.moved({ topic, partition, offset }),
      isCurrent: (generation, signal) => group.isCurrent(generation, signal),
    };
    const close = async () => {
      commits.stop();
      await Promise.race([commits.flush(), time.sleep(GOODBYE_MS)]);
      const closing = [fetcher.close(), offsets.close(), watch.close()].map((one) => one.catch((error: unknown) => log(messageOf(error))));
      await Promise.race([Promise.all([group.close(), ...closing]), time.sleep(GOODBYE_MS)]);
    };
    // The broker has dropped the group's positions with the old log; one that was committed after that would be taken for a position in the new one.
    const begin = (topic: string) => {
      commits.forget(topic);
      for (const { topic: of, partition } of this.#ours.values()) {
        if (of !== topic) continue;
        const start = offsets.start(topic, partition);
        start.then((offset) => commits.moved({ topic, partition, offset })).catch((error: unknown) => log(messageOf(error)));
      }
    };
    this.#running = { port, begin, close };
    void commits.run();
    for (const loop of [group.run(), watch.run()]) loop.catch((error: unknown) => this.#fail(error));
  }

  /** Takes up the partitions that are ours now, and lets go of the others. */
  #assigned({ generation, partitions }: Assignment): void {
    const port = this.#running?.port;
    if (port === undefined) return;
    const now = new Map<string, { topic: string; number: number }>(
      [...partitions]
        // A leader of another kind can give us what we never asked for.
        .filter(([topic]) => this.#topics.has(topic))
        .flatMap(([topic, numbers]) => numbers.map((number) => [`${topic}/${number}`, { topic, number }] as const)),
    );
    for (const [name, partition] of this.#ours) {
      if (now.has(name)) continue;
      partition.revoke();
      this.#ours.delete(name);
    }
    for (const [name, { topic, number }] of now) {
      if (this.#ours.has(name)) continue;
      const partition = new KafkaPartition(topic, number, port);
      this.#ours.set(name, partition);
      this.#fresh.push(partition);
    }
    const names = [...now.keys()].sort();
    this.#options.log(
      `Generation ${generation} of group ${this.#options.group}: ${names.length === 0 ? 'no partition is ours' : `ours are ${names.join(', ')}`}.`,
    );
    this.#changed.beat();
  }

  #topicIs(topic: string, state: TopicState): void {
    const before = this.#topics.get(topic);
    if (before?.id === state.id && before.partitions === state.partitions) return;
    this.#topics.set(topic, state);
    const why =
      before?.id !== state.id
        ? new OrielError('INCARNATION', `Topic ${topic} was deleted and made anew: its id is ${state.id}, it was ${before?.id}.`, { retryable: true })
        : new OrielError('PARTITIONS', `Topic ${topic} has ${state.partitions} partitions now, it had ${before?.partitions}.`, { retryable: true });
    for (const partition of this.#ours.values()) if (partition.topic === topic) partition.change(why);
    if (before?.id !== state.id) this.#running?.begin(topic);
  }

  #fail(error: unknown): void {
    this.#failure ??= error;
    this.#changed.beat();
  }

  #newBackoff(): Backoff {
    return new Backoff(this.#options.random ?? Math.random);
  }
}

/** How long what is still to be said to the cluster may take at the end. */
const GOODBYE_MS = 1_500;
