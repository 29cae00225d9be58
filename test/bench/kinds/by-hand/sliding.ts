import type { StreamRecord } from '../../../../src/core/record.ts';
import { DIFFERENCE_MS, GRACE_MS, type Payment } from '../stream.ts';
import { ByHand, fold, Held, startingAt, type Window } from './by-hand.ts';

class Slid extends Held {
  /** By timestamp: as long as a record within grace may have them in its windows. */
  readonly records: StreamRecord<Payment>[] = [];
}

/**
 * A window for each record, which it ends, and one that starts right after it, as soon as another record stands in that. What a new window starts with is summed from the
 * records themselves. Keys are never forgotten, since their records outlast their windows.
 */
export class Sliding extends ByHand<Slid> {
  take(record: StreamRecord<Payment>): void {
    const { key, timestamp: t } = record;
    if (t > this.watermark) this.claim(t);
    let held = this.keys.get(key);
    if (held === undefined) {
      held = new Slid(key);
      this.keys.set(key, held);
    }
    const { windows, records } = held;
    for (let i = windows.length - 1; i >= 0; i--) {
      const window = windows[i] as Window;
      if (window.start > t) continue;
      if (window.start < t - DIFFERENCE_MS) break;
      fold(window, record);
    }
    while (records.length > 0 && (records[0] as StreamRecord).timestamp < this.watermark - GRACE_MS - 2 * DIFFERENCE_MS) records.shift();
    let after = records.length;
    while (after > 0 && (records[after - 1] as StreamRecord).timestamp > t) after--;
    records.splice(after, 0, record);
    let before = after - 1;
    while (before >= 0 && (records[before] as StreamRecord).timestamp === t) before--;
    this.#window(held, t - DIFFERENCE_MS);
    const previous = records[before]?.timestamp;
    if (previous !== undefined && t <= previous + 1 + DIFFERENCE_MS) this.#window(held, previous + 1);
    const next = records[after + 1]?.timestamp;
    if (next !== undefined && next <= t + 1 + DIFFERENCE_MS) this.#window(held, t + 1);
  }

  protected override emptied(): void {}

  /** The window that starts there, `[start, start + difference]`, if there is none yet. */
  #window(held: Slid, start: number): void {
    if (startingAt(held.windows, start) !== undefined) return;
    const end = start + DIFFERENCE_MS;
    const closesAt = end + GRACE_MS + 1;
    if (closesAt <= this.watermark) {
      this.late++;
      return;
    }
    let sum = 0;
    let latest = 0;
    for (let i = held.records.length - 1; i >= 0; i--) {
      const { timestamp, value } = held.records[i] as StreamRecord<Payment>;
      if (timestamp > end) continue;
      if (timestamp < start) break;
      sum += value.amount;
      if (timestamp > latest) latest = timestamp;
    }
    this.add(held, start, closesAt, sum, latest);
  }
}
