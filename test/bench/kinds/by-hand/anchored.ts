import type { StreamRecord } from '../../../../src/core/record.ts';
import { GRACE_MS, type Payment, SIZE_MS } from '../stream.ts';
import { ByHand, Held, type Window } from './by-hand.ts';

/** Every record may open a window. */
export class Anchored extends ByHand {
  take({ key, value, timestamp }: StreamRecord<Payment>): void {
    if (timestamp > this.watermark) this.claim(timestamp);
    let held = this.keys.get(key);
    if (held === undefined) {
      held = new Held(key);
      this.keys.set(key, held);
    }
    const { windows } = held;
    let after = windows.length;
    while (after > 0 && (windows[after - 1] as Window).start > timestamp) after--;
    const before = windows[after - 1];
    const next = windows[after];
    if (before !== undefined && timestamp < before.start + SIZE_MS) before.sum += value.amount;
    else if (next !== undefined && next.start - timestamp <= GRACE_MS) next.sum += value.amount;
    else if ((next !== undefined && next.start < timestamp + SIZE_MS) || timestamp + SIZE_MS + GRACE_MS <= this.watermark) this.late++;
    else this.add(held, timestamp, timestamp + SIZE_MS + GRACE_MS, value.amount, timestamp + SIZE_MS);
  }
}
