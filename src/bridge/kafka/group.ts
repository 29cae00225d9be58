import { Consumer } from '@platformatic/kafka';
import { messageOf } from '../../core/errors.ts';
import type { Backoff } from '../backoff.ts';
import { Pulse } from '../pulse.ts';
import type { Time } from '../time.ts';
import { assignBySubscription } from './assignment.ts';
import { clientOptions, guarded, type KafkaConnection, kafkaFault } from './connection.ts';

/** A member that is silent for this long is out: its partitions go to others. */
const SESSION_TIMEOUT_MS = 10_000;
const HEARTBEAT_EVERY_MS = 2_000;
/** How long the coordinator waits for the others at a rebalance. Below the time-out of a request, which a join waits in. */
const REBALANCE_TIMEOUT_MS = 20_000;
const GOODBYE_MS = 1_500;
/** Joins in a row that may fail before the client is made anew: one can hold on to a coordinator that is gone for good. */
const RENEW_AFTER = 5;

/** The partitions that are ours in one generation of the group, by topic. */
export interface Assignment {
  readonly generation: number;
  readonly partitions: ReadonlyMap<string, readonly number[]>;
}

/** An offset to be committed: the next one wanted. */
export interface Position {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
}

export interface GroupOptions {
  readonly connection: KafkaConnection;
  readonly group: string;
  readonly topics: readonly string[];
  readonly time: Time;
  readonly backoff: Backoff;
  readonly log: (line: string) => void;
  readonly onAssigned: (assignment: Assignment) => void;
}

/**
 * Membership in a consumer group, for as long as it is not closed: joins, and joins again where it was put out. Nobody waits at a rebalance for who loses a partition to let go
 * of it: the new owner has a higher generation, and takes over (P5).
 */
export class Group {
  readonly #options: GroupOptions;
  #consumer: Consumer;
  readonly #closing = new AbortController();
  /** Beats at each heartbeat that the coordinator has answered, and each change of membership. */
  readonly #beat = new Pulse();
  #generation = 0;
  /** Heartbeats answered in this generation. */
  #heartbeats = 0;
  /** Why we are no member any more. */
  #lost: { readonly error: unknown } | undefined;

  constructor(options: GroupOptions) {
    this.#options = options;
    this.#consumer = this.#newConsumer();
  }

  /** The generation that we are, or last were, a member of. */
  get generation(): number {
    return this.#generation;
  }

  /** Keeps us a member until `close`. Rejects with what no new try can mend. */
  async run(): Promise<void> {
    const { backoff, time, log, group } = this.#options;
    let failures = 0;
    let said = '';
    while (!this.#closing.signal.aborted) {
      let error: unknown;
      try {
        this.#lost = undefined;
        await this.#consumer.joinGroup({});
        backoff.reset();
        failures = 0;
        error = await this.#untilLost();
      } catch (cause) {
        error = cause;
      }
      if (this.#closing.signal.aborted) return;
      const fault = kafkaFault(error, `stay in consumer group ${group}`);
      if (!fault.retryable && fault.code !== 'UNKNOWN_TOPIC') throw fault;
      // A coordinator that has just been found is often not ready yet.
      if (++failures > 1 && fault.message !== said) log(`${fault.message} Joining again.`);
      said = failures > 1 ? fault.message : '';
      if (failures % RENEW_AFTER === 0) this.#renew();
      await time.sleep(backoff.next(), this.#closing.signal);
    }
  }

  /**
   * After an object has refused `generation`: true once the coordinator confirms that it is the group's present one, so that the other is of another epoch or another life of
   * the group; false once ours is another. Waits for as long as the coordinator does not say; rejects when `signal` aborts.
   */
  async isCurrent(generation: number, signal: AbortSignal): Promise<boolean> {
    const wake = () => this.#beat.beat();
    signal.addEventListener('abort', wake);
    try {
      // The next answer can be to a heartbeat that was sent before.
      const enough = this.#heartbeats + 2;
      while (this.#generation === generation && this.#heartbeats < enough) {
        signal.throwIfAborted();
        await this.#beat.wait();
      }
      signal.throwIfAborted();
      return this.#generation === generation;
    } finally {
      signal.removeEventListener('abort', wake);
    }
  }

  /** The committed offset of each partition given, `undefined` where the group has none. @throws OrielError. */
  async committed(topic: string, partitions: readonly number[]): Promise<readonly (bigint | undefined)[]> {
    try {
      const found = (await this.#consumer.listCommittedOffsets({ topics: [{ topic, partitions: [...partitions] }] })).get(topic) ?? [];
      return partitions.map((partition) => {
        const offset = found[partition];
        return offset === undefined || offset < 0n ? undefined : offset;
      });
    } catch (error) {
      throw kafkaFault(error, `ask for the offsets of group ${this.#options.group}`);
    }
  }

  /** @throws OrielError where the coordinator did not take them. */
  async commit(positions: readonly Position[]): Promise<void> {
    try {
      await this.#consumer.commit({ offsets: positions.map((position) => ({ ...position, leaderEpoch: -1 })) });
    } catch (error) {
      throw kafkaFault(error, `commit offsets of group ${this.#options.group}`);
    }
  }

  /** Leaves the group, so that the others need not wait for the session to time out; 1.5 s at most. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#beat.beat();
    const goodbye = this.#consumer
      .close(true)
      .catch((error: unknown) => this.#options.log(`Group ${this.#options.group} was not left cleanly: ${messageOf(error)}`));
    await Promise.race([goodbye, this.#options.time.sleep(GOODBYE_MS)]);
  }

  #newConsumer(): Consumer {
    const { connection, group, topics } = this.#options;
    const consumer = guarded(
      new Consumer({
        ...clientOptions(connection, 'group'),
        groupId: group,
        autocommit: false,
        sessionTimeout: SESSION_TIMEOUT_MS,
        heartbeatInterval: HEARTBEAT_EVERY_MS,
        rebalanceTimeout: REBALANCE_TIMEOUT_MS,
        partitionAssigner: assignBySubscription,
      }),
    );
    for (const topic of topics) consumer.topics.track(topic);
    const isPresent = () => consumer === this.#consumer;
    consumer.on('consumer:group:join', ({ generationId = 0, assignments }) => {
      if (isPresent()) this.#joined(generationId, assignments ?? []);
    });
    consumer.on('consumer:heartbeat:end', () => {
      if (!isPresent()) return;
      this.#heartbeats++;
      this.#beat.beat();
    });
    consumer.on('consumer:heartbeat:stalled', ({ lastError }) => {
      if (isPresent()) this.#lose(lastError);
    });
    // The client has tried to join again after a heartbeat was refused, and failed.
    consumer.on('error', (error: Error) => {
      if (isPresent()) this.#lose(error);
    });
    return consumer;
  }

  #renew(): void {
    const old = this.#consumer;
    this.#consumer = this.#newConsumer();
    old.close(true).catch(() => undefined);
  }

  #lose(error: unknown): void {
    this.#lost = { error };
    this.#beat.beat();
  }

  async #untilLost(): Promise<unknown> {
    while (this.#lost === undefined && !this.#closing.signal.aborted) await this.#beat.wait();
    return this.#lost?.error;
  }

  #joined(generation: number, assignments: readonly { readonly topic: string; readonly partitions: readonly number[] }[]): void {
    if (this.#closing.signal.aborted) return;
    this.#generation = generation;
    this.#heartbeats = 0;
    this.#options.onAssigned({ generation, partitions: new Map(assignments.map(({ topic, partitions }) => [topic, partitions])) });
    this.#beat.beat();
  }
}
