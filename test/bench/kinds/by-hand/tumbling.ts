import type { StreamRecord } from '../../../../src/core/record.ts';
import { GRACE_MS, type Payment, SIZE_MS } from '../stream.ts';
import { ByHand, fold, Held, startingAt } from './by-hand.ts';

export class Tumbling extends ByHand {
  take(record: StreamRecord<Payment>): void {
    const { key, value, timestamp } = record;
    if (timestamp > this.watermark) this.claim(timestamp);
    const start = timestamp - (timestamp % SIZE_MS);
    const closesAt = start + SIZE_MS + GRACE_MS;
    if (closesAt <= this.watermark) {
      this.late++;
      return;
    }
    let held = this.keys.get(key);
    if (held === undefined) {
      held = new Held(key);
      this.keys.set(key, held);
    }
    const window = startingAt(held.windows, start);
    if (window === undefined) this.add(held, start, closesAt, value.amount, timestamp);
    else fold(window, record);
  }
}
