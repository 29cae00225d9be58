import type { StreamRecord } from '../../../../src/core/record.ts';
import { ADVANCE_MS, GRACE_MS, type Payment, SIZE_MS } from '../stream.ts';
import { ByHand, fold, Held, startingAt } from './by-hand.ts';

export class Hopping extends ByHand {
  take(record: StreamRecord<Payment>): void {
    const { key, value, timestamp } = record;
    if (timestamp > this.watermark) this.claim(timestamp);
    let held = this.keys.get(key);
    if (held === undefined) {
      held = new Held(key);
      this.keys.set(key, held);
    }
    const last = timestamp - (timestamp % ADVANCE_MS);
    for (let start = last - SIZE_MS + ADVANCE_MS; start <= last; start += ADVANCE_MS) {
      const closesAt = start + SIZE_MS + GRACE_MS;
      if (closesAt <= this.watermark) {
        this.late++;
        continue;
      }
      const window = startingAt(held.windows, start);
      if (window === undefined) this.add(held, start, closesAt, value.amount, timestamp);
      else fold(window, record);
    }
  }
}
