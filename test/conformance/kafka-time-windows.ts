import type { Operator, Setting } from './kafka-operator.ts';
import { WindowStore } from './kafka-store.ts';

/** The end of an unlimited window. */
export const NEVER = Number.MAX_SAFE_INTEGER;

export interface TimeWindows {
  readonly graceMs: number;
  /** `NEVER` where windows have no end. */
  readonly sizeMs: number;
  /** Starts of the windows that hold an instant, ascending. */
  startsFor(timestamp: number): number[];
}

export function hoppingWindows(sizeMs: number, advanceMs: number, graceMs: number): TimeWindows {
  const startsFor = (timestamp: number): number[] => {
    const starts: number[] = [];
    for (let start = Math.floor(Math.max(0, timestamp - sizeMs + advanceMs) / advanceMs) * advanceMs; start <= timestamp; start += advanceMs) {
      starts.push(start);
    }
    return starts;
  };
  return { graceMs, sizeMs, startsFor };
}

export function unlimitedWindows(from: number): TimeWindows {
  return { graceMs: 0, sizeMs: NEVER, startsFor: (timestamp) => (timestamp >= from ? [from] : []) };
}

/** Kafka's aggregation over tumbling, hopping and unlimited windows. */
export class TimeWindowAggregation implements Operator {
  readonly #windows: TimeWindows;
  readonly #setting: Setting;
  readonly #store: WindowStore;
  #streamTime = -1;

  constructor(windows: TimeWindows, retention: number, setting: Setting) {
    this.#windows = windows;
    this.#setting = setting;
    this.#store = new WindowStore({ retention, slack: setting.emit === 'close' ? 0 : 1 });
  }

  process(key: string | null, value: string | null, timestamp: number): void {
    if (key === null) return;
    const { aggregation, emit, forward } = this.#setting;
    this.#streamTime = Math.max(this.#streamTime, timestamp);
    const closeTime = this.#streamTime - this.#windows.graceMs;
    for (const start of this.#windows.startsFor(timestamp)) {
      const end = this.#endOf(start);
      if (end <= closeTime) continue;
      const old = this.#store.get(key, start);
      const aggregate = aggregation.add(old === undefined ? aggregation.init() : old.value, value);
      const latest = old === undefined ? timestamp : Math.max(timestamp, old.timestamp);
      this.#store.put(key, start, aggregate === null ? null : { value: aggregate, timestamp: latest });
      if (emit === 'update') forward({ key, start, end, value: aggregate, timestamp: latest });
    }
    if (emit === 'close') this.#emitClosed(closeTime);
  }

  #emitClosed(closeTime: number): void {
    const { final, forward } = this.#setting;
    const { sizeMs } = this.#windows;
    if (!final.isDue(closeTime)) return;
    const to = closeTime - sizeMs;
    if (to < 0) return;
    const from = final.last === -1 ? 0 : Math.max(0, final.last - sizeMs) + 1;
    if (final.last !== -1 && String(this.#windows.startsFor(to)) === String(this.#windows.startsFor(from - 1))) return;
    for (const { key, start, value, timestamp } of this.#store.all(from, to)) forward({ key, start, end: this.#endOf(start), value, timestamp });
    final.last = closeTime;
  }

  #endOf(start: number): number {
    return this.#windows.sizeMs === NEVER ? NEVER : start + this.#windows.sizeMs;
  }
}
