import type { StreamRecord } from '../../../../src/core/record.ts';
import { GAP_MS, GRACE_MS, type Payment } from '../stream.ts';
import { ByHand, Held, type Window } from './by-hand.ts';

/** A session closes when its last record is more than gap and grace behind. */
const PAST_LATEST = GAP_MS + GRACE_MS + 1;

/** `latest` is the session's end. What only moves that leaves the session in the heap where it stands; any other merge makes a new one. */
export class Session extends ByHand {
  take({ key, value, timestamp }: StreamRecord<Payment>): void {
    if (timestamp > this.watermark) this.claim(timestamp);
    let held = this.keys.get(key);
    if (held === undefined) {
      held = new Held(key);
      this.keys.set(key, held);
    }
    const { windows } = held;
    let to = windows.length;
    while (to > 0 && (windows[to - 1] as Window).start > timestamp + GAP_MS) to--;
    let from = to;
    while (from > 0 && (windows[from - 1] as Window).latest >= timestamp - GAP_MS) from--;
    const first = windows[from] as Window;
    if (to - from === 1 && timestamp >= first.start) {
      first.sum += value.amount;
      if (timestamp > first.latest) {
        first.latest = timestamp;
        first.closesAt = timestamp + PAST_LATEST;
      }
      return;
    }
    if (to === from && timestamp + PAST_LATEST <= this.watermark) {
      this.late++;
      if (windows.length === 0) this.emptied(held);
      return;
    }
    let { amount: sum } = value;
    let start = timestamp;
    let latest = timestamp;
    for (const merged of windows.splice(from, to - from)) {
      merged.gone = true;
      sum += merged.sum;
      start = Math.min(start, merged.start);
      latest = Math.max(latest, merged.latest);
    }
    this.add(held, start, latest + PAST_LATEST, sum, latest);
  }
}
