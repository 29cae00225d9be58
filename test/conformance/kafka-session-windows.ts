import type { Operator, Setting } from './kafka-operator.ts';
import { SessionStore } from './kafka-store.ts';

export interface SessionWindows {
  readonly gapMs: number;
  readonly graceMs: number;
}

/** Kafka's aggregation over sessions: `[first record, last record]`, merged by records at most `gap` away from them. */
export class SessionAggregation implements Operator {
  readonly #windows: SessionWindows;
  readonly #setting: Setting;
  readonly #store: SessionStore;
  #streamTime = -1;

  constructor(windows: SessionWindows, retention: number, setting: Setting) {
    this.#windows = windows;
    this.#setting = setting;
    this.#store = new SessionStore(retention);
  }

  process(key: string | null, value: string | null, timestamp: number): void {
    if (key === null) return;
    const { gapMs, graceMs } = this.#windows;
    this.#streamTime = Math.max(this.#streamTime, timestamp);
    const closeTime = this.#streamTime - graceMs - gapMs;
    this.#take(key, value, timestamp, closeTime);
    if (this.#setting.emit === 'close') this.#emitClosed(closeTime);
  }

  #take(key: string, value: string | null, timestamp: number, closeTime: number): void {
    const { aggregation } = this.#setting;
    const merged = this.#store.find(key, timestamp - this.#windows.gapMs, timestamp + this.#windows.gapMs);
    const start = Math.min(timestamp, ...merged.map((session) => session.start));
    const end = Math.max(timestamp, ...merged.map((session) => session.end));
    if (end < closeTime) return;
    const before = merged.reduce((aggregate, session) => aggregation.merge(aggregate, session.value), aggregation.init());
    if (start !== timestamp || end !== timestamp) {
      for (const session of merged) {
        this.#store.put(key, session.start, session.end, null);
        this.#forward(key, session.start, session.end, null);
      }
    }
    const aggregate = aggregation.add(before, value);
    this.#store.put(key, start, end, aggregate);
    this.#forward(key, start, end, aggregate);
  }

  #forward(key: string, start: number, end: number, value: string | number | null): void {
    if (this.#setting.emit === 'update') this.#setting.forward({ key, start, end, value, timestamp: end });
  }

  #emitClosed(closeTime: number): void {
    const { final, forward } = this.#setting;
    if (!final.isDue(closeTime)) return;
    const from = Math.max(0, final.last);
    const to = closeTime - 1;
    if (to < 0 || to < from) return;
    for (const { key, start, end, value } of this.#store.endedIn(from, to)) forward({ key, start, end, value, timestamp: end });
    final.last = closeTime;
  }
}
