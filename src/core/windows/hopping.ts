import { changeWindows } from '../change.ts';
import { type Duration, durationOption, formatDuration } from '../duration.ts';
import { badOption } from '../option.ts';
import type { StreamRecord } from '../record.ts';
import { type Change, firstAfter, type Lane, lateFor, type Place, type Verdict, type Window, type WindowKind } from '../window.ts';
import { graceOption, sizeOption, type WindowOptions } from '../window-options.ts';

/** How long windows that overlap are, and how far apart they start. */
export interface HoppingOptions<V> extends WindowOptions<V> {
  /** 1 ms to 366 d. */
  readonly size: Duration;
  /** From one start to the next: 1 ms to `size`, of which it is a ten-thousandth or more. */
  readonly advance: Duration;
}

/** Windows that one record stands in, at most: each is worked out before any of them is changed. */
const MOST_AT_ONCE = 10_000;

/**
 * Windows of one size that start at every multiple of `advance` since 1970 and so overlap (W7). They close at `end + grace`.
 * Size 10 min, advance 5 min: a record at 14:07 → `[14:00, 14:10)` and `[14:05, 14:15)`. None starts before 1970.
 * @throws OrielError `OPTION` for a size, advance or grace out of bounds.
 */
export function hopping<V>(options: HoppingOptions<V>): WindowKind<V, false> {
  const sizeMs = sizeOption('hopping: size', options.size);
  const advanceMs = durationOption('hopping: advance', options.advance, 1, sizeMs);
  const graceMs = graceOption('hopping', options.grace);
  if (Math.ceil(sizeMs / advanceMs) > MOST_AT_ONCE) {
    throw badOption('hopping: advance', options.advance, `that a record stands in at most ${MOST_AT_ONCE} windows, size / advance`);
  }
  const { id } = options;
  return Object.freeze<WindowKind<V, false>>({
    kind: 'hopping',
    title: `hopping windows of ${formatDuration(sizeMs)} every ${formatDuration(advanceMs)}, grace ${formatDuration(graceMs)}`,
    merges: false,
    stamp: 'latest',
    laneOf: (record) => id?.(record) ?? '',
    change: changeWindows,
    suppressedUntil: ({ closesAt }) => closesAt,

    judge<S>({ timestamp }: StreamRecord<V>, lane: Lane<V, S>, { watermark }: Place): Verdict<S> {
      const { windows } = lane;
      const changes: Change<S>[] = [];
      let missed = 0;
      let last: Window<S> | undefined;
      let start = Math.floor(Math.max(0, timestamp - sizeMs + advanceMs) / advanceMs) * advanceMs;
      for (let i = firstAfter(windows, start - 1); start <= timestamp; start += advanceMs) {
        const window = windows[i]?.start === start ? (windows[i++] as Window<S>) : undefined;
        const end = start + sizeMs;
        last = window;
        if (window === undefined) {
          if (end + graceMs > watermark) changes.push({ bounds: { id: lane.id, start, end, closesAt: end + graceMs }, folds: true });
          else missed++;
        } else if (window.closed === undefined) {
          changes.push({ window, bounds: window, folds: true });
        } else {
          missed++;
        }
      }
      if (changes.length > 0) return { to: 'change', changes, missed };
      // Of the windows that would have held it, the last is the one that it missed by the least.
      return last === undefined ? { to: 'late', code: 'LATE', closesAt: start - advanceMs + sizeMs + graceMs } : lateFor(last);
    },
  });
}
