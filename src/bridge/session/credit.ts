import { compareOffsets } from '../../core/record.ts';
import type { Credit } from '../../protocol/limits.ts';

interface SentFrame {
  readonly offsets: readonly string[];
  readonly bytes: number;
  /** Offsets before this index are acknowledged. */
  acknowledged: number;
}

/**
 * What is sent and not yet acknowledged on one socket, against the credit (P3): records at or above the last `ack.next`, and the whole bytes of the
 * `data` frames that hold any.
 */
export class CreditWindow {
  #credit: Credit;
  #frames: SentFrame[] = [];
  #records = 0;
  #bytes = 0;

  constructor(credit: Credit) {
    this.#credit = credit;
  }

  /** What may be sent now; 0 where more is out than a lowered credit allows. */
  get room(): Credit {
    return { records: Math.max(0, this.#credit.records - this.#records), bytes: Math.max(0, this.#credit.bytes - this.#bytes) };
  }

  get inFlight(): Credit {
    return { records: this.#records, bytes: this.#bytes };
  }

  /** A `data` frame with records at `offsets`, rising, of `bytes` in UTF-8. */
  sent(offsets: readonly string[], bytes: number): void {
    this.#frames.push({ offsets, bytes, acknowledged: 0 });
    this.#records += offsets.length;
    this.#bytes += bytes;
  }

  /** Records newly acknowledged by this `ack`. */
  acknowledged(next: string, credit: Credit): number {
    this.#credit = credit;
    const before = this.#records;
    for (let frame = this.#frames[0]; frame !== undefined; frame = this.#frames[0]) {
      while (frame.acknowledged < frame.offsets.length && compareOffsets(frame.offsets[frame.acknowledged] as string, next) < 0) {
        frame.acknowledged++;
        this.#records--;
      }
      if (frame.acknowledged < frame.offsets.length) break;
      this.#bytes -= frame.bytes;
      this.#frames.shift();
    }
    return before - this.#records;
  }

  /** Frames that hold an offset at or above `expected` were not taken: they are out no more. */
  refused(expected: string): void {
    const kept = this.#frames.filter((frame) => compareOffsets(frame.offsets.at(-1) as string, expected) < 0);
    this.#frames = kept;
    this.#records = kept.reduce((sum, frame) => sum + frame.offsets.length - frame.acknowledged, 0);
    this.#bytes = kept.reduce((sum, frame) => sum + frame.bytes, 0);
  }
}
