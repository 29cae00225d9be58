import type { JoinSpec } from './format.ts';
import type { WallClock } from './kafka-operator.ts';
import { compareBytes } from './kafka-store.ts';

export type Side = 'L' | 'R';
export type JoinForward = (row: [key: string | null, value: string, timestamp: number]) => void;

export interface JoinWindows {
  readonly beforeMs: number;
  readonly afterMs: number;
  readonly graceMs: number;
}

export function joinWindowsOf({ diff = 0, before = diff, after = diff, grace }: JoinSpec): JoinWindows {
  return { beforeMs: before, afterMs: after, graceMs: grace };
}

/** The records of one side, each of them kept; those `retention` behind the latest are not seen. */
export class JoinStore {
  readonly #retention: number;
  readonly #records: { readonly key: string; readonly value: string; readonly timestamp: number }[] = [];
  #greatest = -1;

  constructor(retention: number) {
    this.#retention = retention;
  }

  put(key: string, value: string, timestamp: number): void {
    this.#greatest = Math.max(this.#greatest, timestamp);
    this.#records.push({ key, value, timestamp });
  }

  /** Those of the key in [`from`, `to`], by timestamp, then as they came. */
  range(key: string, from: number, to: number): { readonly value: string; readonly timestamp: number }[] {
    const least = Math.max(0, from, this.#greatest - this.#retention + 1);
    return this.#records
      .filter((record) => record.key === key && record.timestamp >= least && record.timestamp <= Math.max(0, to))
      .sort((a, b) => a.timestamp - b.timestamp);
  }
}

/** A record that has found nothing yet. */
interface Unmatched {
  readonly timestamp: number;
  readonly side: Side;
  readonly key: string;
  readonly value: string;
}

const NONE_PENDING = Number.POSITIVE_INFINITY;

/** Kafka's join of two streams within a time difference. */
export class StreamJoin {
  readonly #windows: JoinWindows;
  readonly #outerSides: string;
  readonly #stores: Readonly<Record<Side, JoinStore>>;
  readonly #forward: JoinForward;
  readonly #clock: WallClock;
  readonly #intervalMs: number;
  #unmatched: Unmatched[] = [];
  #streamTime = -1;
  #leastUnmatched = NONE_PENDING;
  #nextScanAt = 0;

  constructor(kind: 'inner' | 'left' | 'outer', windows: JoinWindows, retention: number, forward: JoinForward, clock: WallClock, intervalMs: number) {
    this.#windows = windows;
    this.#outerSides = { inner: '', left: 'L', outer: 'LR' }[kind];
    this.#stores = { L: new JoinStore(retention), R: new JoinStore(retention) };
    this.#forward = forward;
    this.#clock = clock;
    this.#intervalMs = intervalMs;
  }

  process(side: Side, key: string | null, value: string | null, timestamp: number): void {
    const isOuter = this.#outerSides.includes(side);
    this.#streamTime = Math.max(this.#streamTime, timestamp);
    if (value === null) return;
    if (key === null) {
      if (isOuter) this.#forward([null, joined(side, value, null), timestamp]);
      return;
    }
    if (this.#outerSides !== '' && timestamp === this.#streamTime) this.#expire(side);
    const other = side === 'L' ? 'R' : 'L';
    const to = Math.max(0, timestamp + this.#after(side));
    const matches = this.#stores[other].range(key, timestamp - this.#after(other), to);
    for (const match of matches) {
      this.#unmatched = this.#unmatched.filter((entry) => entry.side !== other || entry.key !== key || entry.timestamp !== match.timestamp);
      this.#forward([key, joined(side, value, match.value), Math.max(timestamp, match.timestamp)]);
    }
    if (isOuter && matches.length === 0) {
      if (to < this.#streamTime) this.#forward([key, joined(side, value, null), timestamp]);
      else this.#hold(side, key, value, timestamp);
    }
    this.#stores[side].put(key, value, timestamp);
  }

  #hold(side: Side, key: string, value: string, timestamp: number): void {
    this.#leastUnmatched = Math.min(this.#leastUnmatched, timestamp);
    this.#unmatched.push({ timestamp, side, key, value });
  }

  /** Gives up those whose time has passed, as far as Kafka looks: its lower bound is the entry it came to last, and it asks by the side that is at work. */
  #expire(by: Side): void {
    const reach = this.#after(by) + this.#windows.graceMs;
    // Kafka adds to the greatest long here, which wraps round where there is anything to add.
    const least = this.#leastUnmatched === NONE_PENDING && reach > 0 ? Number.NEGATIVE_INFINITY : this.#leastUnmatched;
    if (least + reach >= this.#streamTime || this.#clock.now < this.#nextScanAt) return;
    this.#nextScanAt = this.#clock.now + this.#intervalMs;
    this.#leastUnmatched = NONE_PENDING;
    const open = new Set<Side>();
    const given = new Set<Unmatched>();
    for (const entry of [...this.#unmatched].sort(order)) {
      this.#leastUnmatched = entry.timestamp;
      if (open.size === 2) break;
      if (entry.timestamp + this.#after(entry.side) + this.#windows.graceMs >= this.#streamTime) {
        open.add(entry.side);
        continue;
      }
      this.#forward([entry.key, joined(entry.side, entry.value, null), entry.timestamp]);
      given.add(entry);
    }
    this.#unmatched = this.#unmatched.filter((entry) => !given.has(entry));
  }

  /** How far after a record of the side a match may come. */
  #after(side: Side): number {
    return side === 'L' ? this.#windows.afterMs : this.#windows.beforeMs;
  }
}

function order(a: Unmatched, b: Unmatched): number {
  return a.timestamp - b.timestamp || (a.side === b.side ? compareBytes(a.key, b.key) : a.side === 'R' ? -1 : 1);
}

function joined(side: Side, own: string, other: string | null): string {
  return side === 'L' ? `${own}+${other}` : `${other}+${own}`;
}

/** Kafka's join of a stream with itself, as its optimizer makes it: one store, each pair told from both ends, in the order of the timestamps. */
export class SelfJoin {
  readonly #windows: JoinWindows;
  readonly #retention: number;
  readonly #store: JoinStore;
  readonly #forward: JoinForward;
  #streamTime = -1;

  constructor(windows: JoinWindows, retention: number, forward: JoinForward) {
    this.#windows = windows;
    this.#retention = retention;
    this.#store = new JoinStore(retention);
    this.#forward = forward;
  }

  process(key: string | null, value: string | null, timestamp: number): void {
    if (key === null || value === null) return;
    const { beforeMs, afterMs } = this.#windows;
    this.#streamTime = Math.max(this.#streamTime, timestamp);
    let isSelfDue = timestamp > this.#streamTime - this.#retention + 1;
    const self = (): void => {
      if (isSelfDue) this.#forward([key, `${value}+${value}`, timestamp]);
      isSelfDue = false;
    };
    for (const other of this.#store.range(key, timestamp - beforeMs, timestamp + afterMs)) {
      this.#forward([key, `${value}+${other.value}`, Math.max(timestamp, other.timestamp)]);
    }
    for (const other of this.#store.range(key, timestamp - afterMs, timestamp + beforeMs)) {
      if (other.timestamp > timestamp) self();
      this.#forward([key, `${other.value}+${value}`, Math.max(timestamp, other.timestamp)]);
    }
    self();
    this.#store.put(key, value, timestamp);
  }
}
