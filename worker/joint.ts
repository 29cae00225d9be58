import { messageOf } from '../src/core/errors.ts';
import type { LiveWindow } from '../src/protocol/live.ts';
import { partitionOf } from '../src/protocol/murmur2.ts';
import type { Topology } from '../src/topology.ts';
import type { Ledger } from './ledger.ts';
import type { ObjectBindings } from './objects.ts';
import { backOff } from './schedule.ts';

/** That the topic has another number of partitions than it had (P10). */
export interface Change {
  /** The counts under which this partition was fed before; none where it is new. */
  readonly from: readonly number[];
  readonly to: number;
  readonly since: number;
  /** Whether nothing is unread from before: the source has claimed since, or has come to a record from after it. */
  caught: boolean;
  /** Whether its watermark waits for the other partitions, and since then stands where. */
  joint: boolean;
  readonly stood: number | null;
}

/** What the other partitions are told of one. */
export interface Placed {
  readonly partitions: number | null;
  readonly changed: boolean;
  readonly caught: boolean;
}

export interface JointOptions {
  readonly ledger: Ledger;
  readonly topology: Topology;
  readonly topic: string;
  readonly partition: number;
  /** All topics that feed the topology, home first. */
  readonly topics: readonly string[];
  readonly objects: ObjectBindings;
  readonly now: () => number;
  /** Windows that have gone to another partition. */
  readonly onGone: (windows: readonly Omit<LiveWindow, 'held'>[]) => void;
}

/** How many of the lowest partitions say whether a topic was there before; how many are asked at a time; how many customers go at a time. */
const WITNESSES = 4;
const AT_ONCE = 8;
const KEYS_AT_ONCE = 500;

/**
 * What a partition does while the keys of its topic move, since the number of partitions has changed (P10): its watermark waits until no partition has anything unread
 * from before, then the customers that have moved are given to their new home.
 */
export class Joint {
  readonly #options: JointOptions;
  /** The first of all partitions that was not ready when they were last asked; those before it are. */
  #asked = 0;
  #attempts = 0;
  #retryAt: number | undefined;
  #waitsFor = '';

  constructor(options: JointOptions) {
    this.#options = options;
  }

  get #change(): Change | null {
    return this.#options.ledger.meta.change;
  }

  get isOn(): boolean {
    return this.#change?.joint === true;
  }

  /** Where the watermark stood when the wait began, and stands until it ends. */
  get stood(): number | null {
    return this.#change?.stood ?? null;
  }

  /** Why the watermark does not move, for people; `null` where it does. */
  get reason(): string | null {
    const change = this.#change;
    if (change === null || !change.joint) return null;
    const waitsFor = this.#isCaught() ? this.#waitsFor : 'its own source to catch up';
    return `The topic has ${change.to} partitions by now, and keys have moved: its watermark stands still until all has been read that was written before. It waits for ${waitsFor || 'the others'}.`;
  }

  placed(): Placed {
    const { meta } = this.#options.ledger;
    return { partitions: meta.partitions, changed: meta.change !== null, caught: meta.change?.caught ?? true };
  }

  /** What a hello that names so many partitions makes of it: to be stored with the hello. A new partition asks the lowest ones whether the topic was there before. */
  async afterHello(partitions: number): Promise<Change | null> {
    const { ledger, topology, topic, partition } = this.#options;
    const known = ledger.meta.partitions;
    if (topology.time.mode !== 'source' || known === partitions) return this.#change;
    if (known !== null) return this.#changeTo(partitions);
    const lowest = Array.from({ length: Math.min(WITNESSES + 1, partitions) }, (_, i) => i).filter((i) => i !== partition);
    const placed = await Promise.all(lowest.slice(0, WITNESSES).map((i) => this.#object(topic, i).placed()));
    return placed.some((one) => one.partitions !== null && (one.changed || one.partitions !== partitions))
      ? this.#changeTo(partitions)
      : this.#change;
  }

  /** Another topic that feeds this partition has changed. */
  begin(to: number): void {
    const { ledger } = this.#options;
    if (this.#change?.to !== to) ledger.transaction(() => (ledger.meta.change = this.#changeTo(to)));
  }

  /** Within a transaction: the source has claimed. */
  claimed(): void {
    const { meta } = this.#options.ledger;
    if (meta.change !== null && meta.partitions === meta.change.to) meta.change.caught = true;
  }

  /** Whether a key's record may not be taken yet: its key was at home elsewhere, where what came before it may be unread. */
  isEarly(key: string): boolean {
    const { partition } = this.#options;
    return this.isOn && this.#change?.from.some((count) => partitionOf(key, count) === partition) === false;
  }

  /** Everything has been read up to a record that is early: it was written after the change, and so was what follows it. */
  async meetsEarly(): Promise<void> {
    if (!this.#isCaught()) this.#options.ledger.transaction(() => this.claimed());
    await this.advance();
  }

  /** Since when a claim is wanted, whether or not anything is due. */
  wantsClaim(): number | undefined {
    const { meta } = this.#options.ledger;
    return meta.change !== null && !meta.change.caught && meta.partitions === meta.change.to ? meta.change.since : undefined;
  }

  /** When the others are asked again. */
  retryAt(): number | undefined {
    if (!this.isOn || !this.#isCaught()) return undefined;
    this.#retryAt ??= this.#options.now() + backOff(this.#attempts);
    return this.#retryAt;
  }

  /** Whether the others are to be asked by now: also where an eviction has had it forgotten when. */
  isDue(now: number): boolean {
    return this.isOn && this.#isCaught() && now >= (this.#retryAt ?? now);
  }

  /** Goes on if the others are ready; else says why not, and when to try again. Never throws. */
  async advance(): Promise<void> {
    if (!this.isOn || !this.#isCaught()) return;
    try {
      this.#waitsFor = (await this.#firstUnready()) ?? (await this.#handAllOver()) ?? '';
    } catch (error) {
      this.#waitsFor = `one that does not answer: ${messageOf(error)}`;
    }
    if (this.#waitsFor !== '') {
      this.#attempts += 1;
      this.#retryAt = this.#options.now() + backOff(this.#attempts);
      return;
    }
    const { ledger } = this.#options;
    ledger.transaction(() => ((ledger.meta.change as Change).joint = false));
    this.#asked = 0;
    this.#attempts = 0;
    this.#retryAt = undefined;
  }

  /** Whether this partition does not say how far a key is: it has moved away, and the wait is over, or it has moved here, and it is not. */
  isElsewhere(key: string): boolean {
    return this.isOn ? this.isEarly(key) : this.#hasMoved(key);
  }

  #hasMoved(key: string): boolean {
    const change = this.#change;
    const { partition } = this.#options;
    return change?.from.some((count) => partitionOf(key, count) === partition) === true && partitionOf(key, change.to) !== partition;
  }

  /**
   * Before what is due by `upTo` is settled: gives away what has moved, which after the wait comes only of a producer that did not know yet. Says whether all of it has gone;
   * where not, nothing may be settled.
   */
  async clear(upTo: number): Promise<boolean> {
    return this.#handOver(upTo).then(
      () => true,
      () => false,
    );
  }

  /** Gives customers with something due by `upTo` that have moved to their new home. */
  async #handOver(upTo?: number): Promise<void> {
    const { ledger, objects, topics, onGone } = this.#options;
    const change = this.#change;
    if (change === null || change.from.length === 0) return;
    const names = ledger.deadlines.namesOf((key) => this.#hasMoved(key) && !ledger.parking.isParked(key), upTo);
    const homes = new Map<number, string[]>();
    for (const key of names.keys()) {
      const home = partitionOf(key, change.to);
      const keys = homes.get(home);
      if (keys === undefined) homes.set(home, [key]);
      else keys.push(key);
    }
    for (const [home, keys] of homes) {
      for (let next = 0; next < keys.length; next += KEYS_AT_ONCE) {
        const some = keys.slice(next, next + KEYS_AT_ONCE);
        await objects.PARTITION.getByName(`${topics[0]}/${home}`).adopt(some);
        // They are known there: a crash before this has them given once more.
        onGone(ledger.transaction(() => ledger.deadlines.drop(some.flatMap((key) => names.get(key) ?? []))));
      }
    }
  }

  /** One customer has come to the wrong place. Not awaited: it asks again. */
  sendHome(key: string): void {
    const { objects, topics } = this.#options;
    const change = this.#change as Change;
    void objects.PARTITION.getByName(`${topics[0]}/${partitionOf(key, change.to)}`)
      .adopt([key])
      .catch(() => undefined);
  }

  #changeTo(to: number): Change {
    const { ledger, topics, now } = this.#options;
    const { partitions, watermarks } = ledger.meta;
    this.#asked = 0;
    const known = this.#change;
    const before = partitions === null || partitions === to || known?.from.includes(partitions) ? [] : [partitions];
    const least = Math.min(...topics.map((one) => watermarks[one] ?? Number.NEGATIVE_INFINITY));
    const stood = known?.joint === true ? known.stood : Number.isFinite(least) ? least : null;
    const from = [...(known?.from ?? []), ...before];
    // What is new has nothing from before.
    return { from, to, since: now(), caught: from.length === 0, joint: true, stood };
  }

  #isCaught(): boolean {
    return this.#change?.caught === true;
  }

  /** The first partition, of all topics, that is not ready. */
  async #firstUnready(): Promise<string | undefined> {
    const { topics, topic, partition } = this.#options;
    const { to } = this.#change as Change;
    const all = topics.flatMap((name) => Array.from({ length: to }, (_, number) => ({ name, number })));
    for (; this.#asked < all.length; this.#asked += AT_ONCE) {
      const some = all.slice(this.#asked, this.#asked + AT_ONCE).filter(({ name, number }) => name !== topic || number !== partition);
      const placed = await Promise.all(some.map(({ name, number }) => this.#object(name, number).placed()));
      const i = placed.findIndex(({ partitions, caught }) => partitions !== to || !caught);
      if (i < 0) continue;
      const what = placed[i]?.partitions === to ? 'to read what was written before' : `to be connected with ${to} partitions`;
      return `${some[i]?.name}/${some[i]?.number} ${what}`;
    }
    return undefined;
  }

  async #handAllOver(): Promise<string | undefined> {
    await this.#handOver();
    const { parking } = this.#options.ledger;
    return parking.keys().some((key) => this.#hasMoved(key)) ? 'a customer that does not answer, and has moved' : undefined;
  }

  #object(topic: string, partition: number): ReturnType<ObjectBindings['PARTITION']['getByName']> {
    return this.#options.objects.PARTITION.getByName(`${topic}/${partition}`);
  }
}
