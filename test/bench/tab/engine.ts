import { contender } from '../oriel.ts';
import { linesOf, recordsOf } from '../stream.ts';

/** A round by the clock on the wall: a page cannot ask for the time of its processor. */
export interface WallRound {
  readonly records: number;
  readonly seconds: number;
  /** What was said, by name, in the order of the names. */
  readonly said: readonly (readonly [string, number])[];
}

/** The reservation stream of the benchmarks, ready to be run from nothing any number of times: the same code in a page and in Node. */
export function engineRounds(keys: number, count: number): () => WallRound {
  const frames = recordsOf(linesOf(keys, count));
  const records = frames.reduce((sum, frame) => sum + frame.records.length, 0);
  return () => {
    const loop = contender.create();
    let watermark = Number.NEGATIVE_INFINITY;
    const started = performance.now();
    for (const frame of frames) {
      for (const record of frame.records) loop.take(record, watermark);
      watermark = frame.claim;
      loop.claim(watermark);
    }
    const seconds = (performance.now() - started) / 1_000;
    return { records, seconds, said: [...loop.counts].sort(([a], [b]) => (a < b ? -1 : 1)) };
  };
}
