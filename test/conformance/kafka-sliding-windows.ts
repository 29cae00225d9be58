import type { Operator, Setting } from './kafka-operator.ts';
import { type Stored, WindowStore } from './kafka-store.ts';

export interface SlidingWindows {
  readonly differenceMs: number;
  readonly graceMs: number;
}

/** A record that is being taken, and the close time at its place. */
interface Taken {
  readonly key: string;
  readonly value: string;
  readonly at: number;
  readonly closeTime: number;
}

/** What the windows that stand already say of the ones that a record needs. */
interface Found {
  readonly starts: ReadonlySet<number>;
  /** The window that ends at the record, and the one that begins after it. */
  readonly hasLeft: boolean;
  readonly hasRight: boolean;
  /** As they were before the record: of the last window that ended before it, and of the first that goes on after it. */
  readonly before: Stored | undefined;
  readonly beyond: Stored | undefined;
  /** The greatest timestamp before the record, where one is known. */
  readonly previous: number | undefined;
}

/** Kafka's aggregation over sliding windows `[start, start + difference]`, its scan backwards over the store. */
export class SlidingWindowAggregation implements Operator {
  readonly #windows: SlidingWindows;
  readonly #setting: Setting;
  readonly #store: WindowStore;
  #streamTime = -1;

  constructor(windows: SlidingWindows, retention: number, setting: Setting) {
    this.#windows = windows;
    this.#setting = setting;
    this.#store = new WindowStore({ retention, slack: setting.emit === 'close' ? 0 : 1 });
  }

  process(key: string | null, value: string | null, timestamp: number): void {
    if (key === null || value === null) return;
    const { differenceMs, graceMs } = this.#windows;
    this.#streamTime = Math.max(this.#streamTime, timestamp);
    const closeTime = this.#streamTime - graceMs;
    if (timestamp + differenceMs < closeTime) return;
    const taken = { key, value, at: timestamp, closeTime };
    // Kafka leaves a record before the first whole window without a look at what has closed.
    if (timestamp < differenceMs) return this.#takeEarly(taken);
    const found = this.#updateExisting(taken);
    if (found !== undefined) this.#create(taken, found);
    if (this.#setting.emit === 'close') this.#emitClosed(closeTime);
  }

  /** Adds the record to the windows that hold it, the latest first; `undefined` where a record at the same instant has made all others already. */
  #updateExisting(taken: Taken): Found | undefined {
    const { key, at } = taken;
    const { differenceMs } = this.#windows;
    const starts = new Set<number>();
    let hasRight = false;
    let hasLeft = false;
    let beyond: Stored | undefined;
    let previous: number | undefined;
    for (const window of this.#store.range(key, Math.max(0, at - 2 * differenceMs), at + 1).reverse()) {
      const end = window.start + differenceMs;
      starts.add(window.start);
      if (window.start === at + 1) {
        hasRight = true;
      } else if (end > at) {
        beyond ??= window;
        this.#update(taken, window.start, window);
      } else if (end === at) {
        hasLeft = true;
        this.#update(taken, window.start, window);
        if (window.timestamp >= at) return undefined;
        previous = window.timestamp;
      } else {
        return { starts, hasLeft, hasRight, before: window, beyond, previous: window.timestamp };
      }
    }
    return { starts, hasLeft, hasRight, before: undefined, beyond, previous };
  }

  /** The right window of the record before, then the left and the right one of this record. */
  #create(taken: Taken, { starts, hasLeft, hasRight, before, beyond, previous }: Found): void {
    const { at } = taken;
    const { differenceMs } = this.#windows;
    if (previous !== undefined && !starts.has(previous + 1) && previous + 1 + differenceMs >= at) this.#update(taken, previous + 1, this.#empty(at));
    if (!hasLeft) {
      const isNear = previous !== undefined && previous >= at - differenceMs;
      this.#update(taken, at - differenceMs, isNear && before !== undefined ? { value: before.value, timestamp: at } : this.#empty(at));
    }
    if (!hasRight) this.#copyRight(taken, beyond);
  }

  /** Records before the first whole window share `[0, difference]`. */
  #takeEarly(taken: Taken): void {
    const { key, at } = taken;
    const windows = this.#store.range(key, 0, at + 1);
    const combined = windows.find(({ start }) => start === 0);
    let beyond: Stored | undefined;
    for (const window of windows) {
      if (window.start === 0 || window.start > at) continue;
      beyond = window;
      this.#update(taken, window.start, window);
    }
    if (beyond === undefined && combined !== undefined && combined.timestamp > at) beyond = combined;
    const exists = (start: number): boolean => windows.some((window) => window.start === start);
    if (!exists(at + 1)) this.#copyRight(taken, beyond);
    if (combined !== undefined && combined.timestamp < at && !exists(combined.timestamp + 1)) {
      this.#update(taken, combined.timestamp + 1, this.#empty(at));
    }
    this.#update(taken, 0, combined ?? this.#empty(at));
  }

  #update({ key, value, at, closeTime }: Taken, start: number, old: Stored | undefined): void {
    const { aggregation } = this.#setting;
    if (start + this.#windows.differenceMs < closeTime) return;
    const aggregate = aggregation.add(old?.value ?? null, value);
    const latest = old === undefined ? at : Math.max(at, old.timestamp);
    this.#store.put(key, start, aggregate === null ? null : { value: aggregate, timestamp: latest });
    this.#forward(key, start, aggregate, latest);
  }

  /** What comes after the record is what the first window beyond it held, if that was later than the record. It is not asked whether the window has closed. */
  #copyRight({ key, at }: Taken, beyond: Stored | undefined): void {
    if (beyond === undefined || beyond.timestamp <= at) return;
    const { value, timestamp } = beyond;
    this.#store.put(key, at + 1, { value, timestamp });
    this.#forward(key, at + 1, value, timestamp);
  }

  /** The initializer's value, which may be none. */
  #empty(timestamp: number): Stored | undefined {
    const value = this.#setting.aggregation.init();
    return value === null ? undefined : { value, timestamp };
  }

  #forward(key: string, start: number, value: Stored['value'] | null, timestamp: number): void {
    if (this.#setting.emit === 'close') return;
    this.#setting.forward({ key, start, end: start + this.#windows.differenceMs, value, timestamp });
  }

  #emitClosed(closeTime: number): void {
    const { final, forward } = this.#setting;
    const { differenceMs } = this.#windows;
    if (!final.isDue(closeTime)) return;
    const to = closeTime - differenceMs - 1;
    if (to < 0) return;
    const from = final.last === -1 ? 0 : Math.max(0, final.last - differenceMs);
    for (const { key, start, value, timestamp } of this.#store.all(from, to)) forward({ key, start, end: start + differenceMs, value, timestamp });
    final.last = closeTime;
  }
}
