import { type Duration, formatDuration } from '../duration.ts';
import type { StreamRecord } from '../record.ts';
import { type Lane, lateFor, type Place, startingAt, type Verdict, type WindowKind } from '../window.ts';
import { graceOption, sizeOption, type WindowOptions } from '../window-options.ts';

/** How long windows that follow each other are, and how late a record may be. */
export interface TumblingOptions<V> extends WindowOptions<V> {
  /** 1 ms to 366 d. */
  readonly size: Duration;
}

/**
 * Windows of one size, end to end, cut at multiples of it since 1970 (W7): `[n * size, (n + 1) * size)`. They close at `end + grace`.
 * Size 10 min: a record at 14:03 → `[14:00, 14:10)`.
 * @throws OrielError `OPTION` for a size or grace out of bounds.
 */
export function tumbling<V>(options: TumblingOptions<V>): WindowKind<V, false> {
  const sizeMs = sizeOption('tumbling: size', options.size);
  const graceMs = graceOption('tumbling', options.grace);
  const { id } = options;
  return Object.freeze<WindowKind<V, false>>({
    kind: 'tumbling',
    title: `tumbling windows of ${formatDuration(sizeMs)}, grace ${formatDuration(graceMs)}`,
    merges: false,
    stamp: 'latest',
    laneOf: (record) => id?.(record) ?? '',
    suppressedUntil: ({ closesAt }) => closesAt,

    judge<S>({ timestamp }: StreamRecord<V>, lane: Lane<V, S>, { watermark }: Place): Verdict<S> {
      const start = timestamp - (timestamp % sizeMs);
      const window = startingAt(lane.windows, start);
      if (window !== undefined) return window.closed === undefined ? { to: 'fold', window } : lateFor(window);
      const end = start + sizeMs;
      const closesAt = end + graceMs;
      return closesAt <= watermark ? { to: 'late', code: 'LATE', closesAt } : { to: 'open', bounds: { id: lane.id, start, end, closesAt } };
    },
  });
}
