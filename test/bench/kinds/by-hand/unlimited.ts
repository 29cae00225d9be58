import type { StreamRecord } from '../../../../src/core/record.ts';
import { type Payment, START } from '../stream.ts';
import { ByHand, fold, Held, type Window } from './by-hand.ts';

export class Unlimited extends ByHand {
  take(record: StreamRecord<Payment>): void {
    const { key, value, timestamp } = record;
    if (timestamp > this.watermark) this.watermark = timestamp;
    if (timestamp < START) {
      this.late++;
      return;
    }
    const held = this.keys.get(key);
    if (held === undefined) {
      const first = new Held(key);
      this.keys.set(key, first);
      this.add(first, START, Number.MAX_SAFE_INTEGER, value.amount, timestamp);
    } else {
      fold(held.windows[0] as Window, record);
    }
  }
}
