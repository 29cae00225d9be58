import { messageOf } from '../src/core/errors.ts';
import type { Topology } from '../src/topology.ts';
import type { Ledger } from './ledger.ts';
import type { ObjectBindings } from './objects.ts';
import { backOff } from './schedule.ts';

/** That the topic has another number of partitions than it had (P10). */
export interface Change {
  readonly to: number;
  readonly since: number;
  /** Whether this partition was not there before: nothing is unread in it from then. */
  readonly isNew: boolean;
  /** Whether all from before has been read: the source has claimed since. */
  readonly caught: boolean;
  /** Whether it waits until that is so of all partitions. */
  readonly joint: boolean;
  /** Where the watermark stands, while it is not its own that is in force. */
  readonly stood: number | null;
  /** After the wait: the last instant at which something is due that was open by then. Until it has passed, the least watermark of all partitions is in force. */
  readonly oldUntil: number | null;
}

/** What the other partitions are told of one. */
export interface Placed {
  readonly partitions: number | null;
  readonly changed: boolean;
  /** Whether all from before the change has been read, and folded: nothing of it waits for a customer that is parked (D11). */
  readonly caught: boolean;
  /** Its own, of its own topic. */
  readonly watermark: number | null;
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
}

interface Place {
  readonly name: string;
  readonly number: number;
}

/** How many of the lowest partitions say whether a topic was there before; how many are asked at a time whether they are ready. */
const WITNESSES = 4;
const AT_ONCE = 8;
const LOWEST = Number.NEGATIVE_INFINITY;

/**
 * What a partition does while the keys of its topic move, since the number of partitions has changed (P10). Nobody knows where a key goes: that is the producer's
 * to say. So no watermark is in force until no partition has anything unread from before; and then, for what was open by that time, the least of all.
 */
export class Joint {
  readonly #options: JointOptions;
  /** The first of all partitions that was not ready when they were last asked; those before it are. */
  #asked = 0;
  #attempts = 0;
  #retryAt: number | undefined;
  #waitsFor = '';
  /** The least instant that another partition wants a claim for. */
  #wanted: number | undefined;

  constructor(options: JointOptions) {
    this.#options = options;
  }

  get #change(): Change | null {
    return this.#options.ledger.meta.change;
  }

  /** Whether it waits until all partitions have read what is old. */
  get isOn(): boolean {
    return this.#change?.joint === true;
  }

  /** Whether no record may be taken yet: what came before it may be unread elsewhere. */
  get takesNothing(): boolean {
    return this.isOn && this.#change?.isNew === true;
  }

  /**
   * The watermark in force; `null` where there is none. During the wait there is none at all, not even where it stood: a customer can have come here from where the
   * watermark was lower.
   */
  watermark(): number | null {
    const change = this.#change;
    if (change?.joint === true) return null;
    return change === null || change.oldUntil === null ? this.#own() : change.stood;
  }

  /** As people see it: it never goes back (T3). */
  shown(): number | null {
    return this.isOn ? (this.#change?.stood ?? null) : this.watermark();
  }

  /** Why the watermark does not move, for people; `null` where it does. `due`: the least instant that is waited for. */
  reason(due: number | undefined): string | null {
    const change = this.#change;
    if (change === null) return null;
    if (!change.joint)
      return this.#isBehind(due) ? `A window from before the topic had ${change.to} partitions waits for ${this.#waitsFor || 'the others'}.` : null;
    const waitsFor = change.caught ? this.#waitsFor : 'its own source to catch up';
    return `The topic has ${change.to} partitions by now, and keys can have moved: its watermark stands still until all has been read that was written before. It waits for ${waitsFor || 'the others'}.`;
  }

  /** `wanted`: the instant up to which another partition wants a claim of this one's source. */
  placed(wanted: number | null): Placed {
    const { meta } = this.#options.ledger;
    if (wanted !== null) this.#wanted = Math.min(wanted, this.#wanted ?? wanted);
    return {
      partitions: meta.partitions,
      changed: meta.change !== null,
      caught: meta.change === null || this.#isReady(meta.change),
      watermark: meta.watermarks[this.#options.topic] ?? null,
    };
  }

  /** What a hello that names so many partitions makes of it: to be stored with the hello. A new partition asks the lowest ones whether the topic was there before. */
  async afterHello(partitions: number): Promise<Change | null> {
    const { ledger, topology, topic, partition } = this.#options;
    const known = ledger.meta.partitions;
    if (topology.time.mode !== 'source' || known === partitions) return this.#change;
    if (known !== null) return this.#changeTo(partitions);
    const lowest = Array.from({ length: Math.min(WITNESSES + 1, partitions) }, (_, i) => i).filter((i) => i !== partition);
    const placed = await Promise.all(lowest.slice(0, WITNESSES).map((number) => this.#ask({ name: topic, number })));
    return placed.some((one) => one.partitions !== null && (one.changed || one.partitions !== partitions))
      ? this.#changeTo(partitions)
      : this.#change;
  }

  /** Another topic that feeds this partition has changed. */
  begin(to: number): void {
    const { ledger } = this.#options;
    if (this.#change?.to !== to) ledger.transaction(() => (ledger.meta.change = this.#changeTo(to)));
  }

  /** Whether a claim is all that is missed before everything from before the change has been read. */
  get isCatchingUp(): boolean {
    const { meta } = this.#options.ledger;
    return meta.change !== null && !meta.change.caught && meta.partitions === meta.change.to;
  }

  /** Within a transaction: the source has claimed. */
  claimed(): void {
    if (this.isCatchingUp) this.#amend({ caught: true });
  }

  /** The instant that a claim is wanted for, whether or not anything is due here. `own`: what the source has claimed. */
  wantsClaim(own: number): number | undefined {
    if (this.#wanted !== undefined && this.#wanted <= own) this.#wanted = undefined;
    return this.isCatchingUp ? this.#change?.since : this.#wanted;
  }

  /** Within a transaction: a customer has come here from another partition, with something open until then. What it needs can still be written where it was. */
  moved(until: number): void {
    const change = this.#change;
    const stood = this.watermark();
    // What is open when the wait ends is looked for then.
    if (change === null || change.joint || until <= Math.max(stood ?? LOWEST, change.oldUntil ?? LOWEST)) return;
    this.#amend({ stood, oldUntil: until });
  }

  /** When the others are asked again. */
  retryAt(due: number | undefined): number | undefined {
    if (!this.#mayGoOn(due)) return undefined;
    this.#retryAt ??= this.#options.now() + backOff(this.#attempts);
    return this.#retryAt;
  }

  /** Whether the others are to be asked by now: also where an eviction has had it forgotten when. */
  isDue(now: number, due: number | undefined): boolean {
    return this.#mayGoOn(due) && now >= (this.#retryAt ?? now);
  }

  /** Goes on as far as the others are; where that does not do, says why not, and when to try again. Never throws. */
  async advance(due: number | undefined): Promise<void> {
    if (this.isOn && this.#change?.caught === true) await this.#endWait();
    if (!this.isOn && this.#change !== null && this.#change.oldUntil !== null) await this.#follow(this.#change.oldUntil, due);
  }

  async #endWait(): Promise<void> {
    const { ledger } = this.#options;
    const change = this.#change as Change;
    try {
      this.#waitsFor = this.#isReady(change) ? ((await this.#firstUnready()) ?? '') : 'a customer that does not answer';
    } catch (error) {
      this.#waitsFor = `one that does not answer: ${messageOf(error)}`;
    }
    if (this.#waitsFor !== '') return this.#retryLater();
    const latest = ledger.deadlines.latest();
    const oldUntil = latest !== undefined && latest > (change.stood ?? LOWEST) ? latest : null;
    ledger.transaction(() => this.#amend({ joint: false, oldUntil }));
    this.#asked = 0;
    this.#retried();
  }

  /** Has the watermark in force follow the least of all; one that does not answer, or has none, keeps it where it is. */
  async #follow(oldUntil: number, due: number | undefined): Promise<void> {
    const { ledger } = this.#options;
    const stood = this.#change?.stood ?? LOWEST;
    const own = this.#own() ?? LOWEST;
    if (own <= stood) return;
    const others = this.#others();
    const wanted = due !== undefined && due <= own ? due : null;
    const told = await Promise.all(
      others.map((place) =>
        this.#ask(place, wanted).then(
          ({ watermark }) => watermark ?? LOWEST,
          () => LOWEST,
        ),
      ),
    );
    const least = Math.min(own, ...told);
    if (least > stood) ledger.transaction(() => this.#amend({ stood: least, ...(least >= oldUntil ? { oldUntil: null } : {}) }));
    if (wanted === null || least >= wanted) return this.#retried();
    const last = others[told.indexOf(least)];
    this.#waitsFor = `${last?.name}/${last?.number}`;
    this.#retryLater();
  }

  #changeTo(to: number): Change {
    const { ledger, now } = this.#options;
    const isNew = ledger.meta.partitions === null;
    this.#asked = 0;
    return { to, since: now(), isNew, caught: isNew, joint: true, stood: this.shown(), oldUntil: null };
  }

  #amend(what: Partial<Change>): void {
    const { meta } = this.#options.ledger;
    meta.change = { ...(meta.change as Change), ...what };
  }

  #retryLater(): void {
    this.#attempts += 1;
    this.#retryAt = this.#options.now() + backOff(this.#attempts);
  }

  #retried(): void {
    this.#attempts = 0;
    this.#retryAt = undefined;
    this.#waitsFor = '';
  }

  /** Whether the others are what is waited for. */
  #mayGoOn(due: number | undefined): boolean {
    return this.isOn ? this.#change?.caught === true : this.#isBehind(due);
  }

  /** Whether something is due by its own watermark, and the one in force is lower. */
  #isBehind(due: number | undefined): boolean {
    const change = this.#change;
    const own = this.#own() ?? LOWEST;
    return change !== null && change.oldUntil !== null && due !== undefined && due <= own && own > (change.stood ?? LOWEST);
  }

  #isReady({ caught }: Change): boolean {
    return caught && this.#options.ledger.parking.customers === 0;
  }

  /** The least that the sources of this number have claimed (T6). */
  #own(): number | null {
    const { topics, ledger } = this.#options;
    const least = Math.min(...topics.map((topic) => ledger.meta.watermarks[topic] ?? LOWEST));
    return least === LOWEST ? null : least;
  }

  /** All partitions of all topics but this one. */
  #others(): Place[] {
    const { topics, topic, partition } = this.#options;
    const { to } = this.#change as Change;
    const all = topics.flatMap((name) => Array.from({ length: to }, (_, number) => ({ name, number })));
    return all.filter(({ name, number }) => name !== topic || number !== partition);
  }

  async #firstUnready(): Promise<string | undefined> {
    const { to } = this.#change as Change;
    const others = this.#others();
    for (; this.#asked < others.length; this.#asked += AT_ONCE) {
      const some = others.slice(this.#asked, this.#asked + AT_ONCE);
      const placed = await Promise.all(some.map((place) => this.#ask(place)));
      const i = placed.findIndex(({ partitions, caught }) => partitions !== to || !caught);
      if (i < 0) continue;
      const what = placed[i]?.partitions === to ? 'to read what was written before' : `to be connected with ${to} partitions`;
      return `${some[i]?.name}/${some[i]?.number} ${what}`;
    }
    return undefined;
  }

  #ask({ name, number }: Place, wanted: number | null = null): Promise<Placed> {
    return this.#options.objects.PARTITION.getByName(`${name}/${number}`).placed(wanted);
  }
}
