import { compareOffsets } from '../src/core/record.ts';
import type { Credit } from '../src/protocol/limits.ts';

/** One `data` frame that has come and is not done with: its offsets, rising, and its UTF-8 bytes. */
export interface FlyingFrame {
  readonly offsets: readonly string[];
  readonly bytes: number;
}

/**
 * What one socket has sent and was not acknowledged (P3): records at or above the last `ack.next`, and the bytes of the frames that hold any.
 * A frame counts until it is acknowledged, or refused because one before it was lost.
 */
export class InFlight {
  readonly #frames = new Set<FlyingFrame>();

  add(frame: FlyingFrame): void {
    this.#frames.add(frame);
  }

  remove(frame: FlyingFrame): void {
    this.#frames.delete(frame);
  }

  /** `acked`: the last `ack.next` told on this socket; `null` where there was none, and every record counts. */
  sum(acked: string | null): Credit {
    let records = 0;
    let bytes = 0;
    for (const frame of this.#frames) {
      const count = frame.offsets.length - below(frame.offsets, acked);
      records += count;
      if (count > 0) bytes += frame.bytes;
    }
    return { records, bytes };
  }
}

/** How many of the offsets are below `acked`. */
function below(offsets: readonly string[], acked: string | null): number {
  if (acked === null) return 0;
  let [low, high] = [0, offsets.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compareOffsets(offsets[middle] as string, acked) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
