import type { Disposition } from '../src/core/step.ts';
import type { Answer } from '../src/durable-object.ts';
import { least } from '../src/timers/alarm.ts';
import type { Topology } from '../src/topology.ts';
import type { Fanout, Item } from './fanout.ts';
import type { Joint } from './joint.ts';
import type { Ledger } from './ledger.ts';
import type { ObjectBindings, PartitionObject } from './objects.ts';

/** Where the records and claims of a source go. */
export interface Feed {
  /** The watermark in force for a record that comes now; `null` before there is one, or where another object knows it. */
  watermark(): number | null;
  /** Has records folded by their customers; `also` becomes durable with what they answer, or after it. */
  fold(items: readonly Item[], also: () => void): Promise<readonly Disposition[]>;
  /** Takes up a watermark of this topic, durably, and settles what it makes due. */
  claim(at: number): Promise<void>;
  /** The same of the greatest timestamp, which `fold` has stored (`stream` mode). */
  settle(): Promise<void>;
  /** Offsets were lost: every open window will say so. */
  gap(): Promise<void>;
  /** A bridge has connected. */
  connected(): Promise<void>;
  /** The instant up to which a claim is wanted: the least deadline. */
  wanted(): number | undefined;
}

export interface FeedOptions {
  readonly ledger: Ledger;
  readonly topology: Topology;
  readonly topic: string;
  readonly partition: number;
  /** All topics that feed the topology, home first. */
  readonly topics: readonly string[];
  readonly objects: ObjectBindings;
  readonly now: () => number;
  readonly joint: Joint;
}

/**
 * The feed of the first topic's partition: the customers have their home here, and what they answer is stored here. Other topics' partitions of the same number
 * bring their records and watermarks by RPC; the least watermark is in force (T6).
 */
export class HomeFeed implements Feed {
  readonly #options: FeedOptions;
  readonly #fanout: Fanout;
  /** What the other topics were last asked for. */
  readonly #asked = new Map<string, number>();
  /** The least instant that a customer waits for. */
  #awaited: number | undefined;

  constructor(options: FeedOptions, fanout: Fanout) {
    this.#options = options;
    this.#fanout = fanout;
  }

  watermark(): number | null {
    const { topology, joint, now } = this.#options;
    return topology.time.mode === 'clock' ? now() : joint.watermark();
  }

  fold(items: readonly Item[], also: () => void): Promise<Disposition[]> {
    return this.#fanout.fold(items, this.watermark(), also);
  }

  claim(at: number): Promise<void> {
    return this.claimOf(this.#options.topic, at);
  }

  async claimOf(topic: string, at: number): Promise<void> {
    takeClaim(this.#options, topic, at);
    await this.#options.joint.advance(this.due());
    await this.settle();
  }

  async settle(): Promise<void> {
    const watermark = this.watermark();
    if (watermark === null || this.#options.topology.time.mode === 'clock') return;
    await this.#fanout.settle(watermark, watermark);
  }

  async gap(): Promise<void> {
    await this.#fanout.tellGap(this.watermark());
  }

  connected(): Promise<void> {
    return Promise.resolve();
  }

  /** A customer waits for an instant. That is wanted, whether or not a deadline here says so: the answer that told of it can have been lost. */
  awaits(at: number): void {
    this.#awaited = least(at, this.#awaited);
  }

  /** The least instant at which something falls due here, or that a customer waits for. */
  due(): number | undefined {
    if (this.#awaited !== undefined && this.#awaited <= (this.watermark() ?? Number.NEGATIVE_INFINITY)) this.#awaited = undefined;
    return least(this.#options.ledger.deadlines.least(), this.#awaited);
  }

  wanted(): number | undefined {
    const at = this.due();
    if (at !== undefined && this.#options.topology.time.mode === 'source') this.#askOthers(at);
    return at;
  }

  store(answers: ReadonlyMap<string, Answer>): void {
    this.#fanout.store(answers, () => undefined);
  }

  #askOthers(at: number): void {
    const { topics, topic, partition, ledger, objects } = this.#options;
    for (const other of topics) {
      if (other === topic || (ledger.meta.watermarks[other] ?? -1) >= at || this.#asked.get(other) === at) continue;
      this.#asked.set(other, at);
      // Not awaited: what is lost here is asked again when its source connects or claims.
      void objects.PARTITION.getByName(`${other}/${partition}`)
        .ask(at)
        .catch(() => this.#asked.delete(other));
    }
  }
}

/** The feed of another topic: everything goes to the home partition of the same number. */
export class RelayFeed implements Feed {
  readonly #options: FeedOptions;
  #wanted: number | undefined;

  constructor(options: FeedOptions) {
    this.#options = options;
  }

  watermark(): null {
    return null;
  }

  async fold(items: readonly Item[], also: () => void): Promise<readonly Disposition[]> {
    const dispositions = items.length === 0 ? [] : await this.#home().foldFrom(items.map(({ record }) => record));
    this.#options.ledger.transaction(also);
    return dispositions;
  }

  async claim(at: number): Promise<void> {
    takeClaim(this.#options, this.#options.topic, at);
    await this.#options.joint.advance(undefined);
    await this.settle();
  }

  /** Tells home how far this source is, and learns what is wanted of it. */
  async settle(): Promise<void> {
    const { ledger, topic } = this.#options;
    this.#wanted =
      (await this.#home().claimFrom(topic, { watermark: ledger.meta.watermarks[topic] ?? null, change: ledger.meta.change?.to ?? null })) ??
      undefined;
  }

  gap(): Promise<void> {
    return this.#home().gapFrom();
  }

  connected(): Promise<void> {
    return this.settle();
  }

  wanted(): number | undefined {
    return this.#wanted;
  }

  ask(at: number): void {
    this.#wanted = at;
  }

  #home(): PartitionObject {
    const { objects, topics, partition } = this.#options;
    return objects.PARTITION.getByName(`${topics[0]}/${partition}`);
  }
}

/** Stores a claim where it is news. */
function takeClaim({ ledger, topic: own, joint }: FeedOptions, topic: string, at: number): void {
  const { watermarks } = ledger.meta;
  const isNews = at > (watermarks[topic] ?? -1);
  // Said of another topic, it is that one's own partition that has caught up.
  const isAwaited = topic === own && joint.isCatchingUp;
  if (!isNews && !isAwaited) return;
  ledger.transaction(() => {
    if (isNews) watermarks[topic] = at;
    if (isAwaited) joint.claimed();
  });
}
