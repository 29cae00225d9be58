import { changeWindows } from '../change.ts';
import { type Duration, formatDuration } from '../duration.ts';
import type { StreamRecord } from '../record.ts';
import { streamRetention } from '../stream-retention.ts';
import {
  type Bounds,
  type Change,
  firstAfter,
  type Lane,
  type LateVerdict,
  lateFor,
  type Place,
  startingAt,
  type Verdict,
  type Window,
  type WindowKind,
} from '../window.ts';
import { graceOption, sizeOption, type WindowOptions } from '../window-options.ts';

/** How far apart records of one window may be, and how late. */
export interface SlidingOptions<V> extends WindowOptions<V> {
  /** The greatest distance of two records that share a window: 1 ms to 366 d. */
  readonly timeDifference: Duration;
}

/**
 * A window for each set of records at most `timeDifference` apart (W7): `[t - timeDifference, t]` for every record at `t`, and `[t + 1, t + 1 + timeDifference]` once a
 * record stands in it. They close at `end + grace + 1`. Time difference 5: records at 8, 9, 12 → `[3, 8]` of one, `[4, 9]` of two, `[7, 12]` of three, `[9, 14]` and
 * `[10, 15]` of the later ones. Records before `timeDifference` share `[0, timeDifference]`. A record needs a value. The algorithm is Kafka Streams' (KIP-450).
 * @throws OrielError `OPTION` for a time difference or grace out of bounds.
 */
export function sliding<V>(options: SlidingOptions<V>): WindowKind<V, false> {
  const reachMs = sizeOption('sliding: timeDifference', options.timeDifference);
  const graceMs = graceOption('sliding', options.grace);
  const { id } = options;

  /** What one record brings about, in the order in which Kafka Streams works through it. */
  class Sweep<S> {
    readonly changes: Change<S>[] = [];
    missed = 0;
    readonly lane: Lane<V, S>;
    readonly watermark: number;

    constructor(lane: Lane<V, S>, watermark: number) {
      this.lane = lane;
      this.watermark = watermark;
    }

    /** The record stands in a window that there is. */
    fold(window: Window<S>): void {
      if (window.closed === undefined) this.changes.push({ window, bounds: window, folds: true });
      else this.missed++;
    }

    /** The record stands in a window that there is not yet; it starts as `copyOf`. */
    create(start: number, copyOf?: Window<S>): void {
      if (start + reachMs + graceMs + 1 > this.watermark) this.put(start, copyOf, true);
      else this.missed++;
    }

    put(start: number, copyOf: Window<S> | undefined, folds: boolean): void {
      // One that its reducer has emptied goes on.
      const emptied = startingAt(this.lane.windows, start);
      if (emptied?.closed !== undefined) this.missed++;
      else this.changes.push({ ...(emptied === undefined ? {} : { window: emptied }), bounds: this.bounds(start), copyOf, folds });
    }

    bounds(start: number): Bounds {
      return { id: this.lane.id, start, end: start + reachMs, closesAt: start + reachMs + graceMs + 1 };
    }

    has(start: number): boolean {
      return startingAt(this.lane.windows, start)?.state !== undefined;
    }
  }

  /** A record at `t >= timeDifference`: from the right-most window that touches it to the left. */
  function sweep<S>(all: Sweep<S>, t: number): void {
    const { windows } = all.lane;
    let hasRight = false;
    let hasLeft = false;
    let right: Window<S> | undefined;
    let left: Window<S> | undefined;
    let previous: number | undefined;
    for (let i = firstAfter(windows, t + 1) - 1; i >= 0; i--) {
      const window = windows[i] as Window<S>;
      if (window.start < t - 2 * reachMs) break;
      if (window.state === undefined || window.forgotten) continue;
      const end = window.start + reachMs;
      if (window.start === t + 1) {
        hasRight = true;
      } else if (end > t) {
        right ??= window;
        all.fold(window);
      } else if (end === t) {
        hasLeft = true;
        all.fold(window);
        // A record of this very instant has been here: there is nothing to create.
        if (latestOf(window) >= t) return;
        previous = latestOf(window);
      } else {
        left = window;
        previous = latestOf(window);
        break;
      }
    }
    if (previous !== undefined && previous + 1 + reachMs >= t && !all.has(previous + 1)) all.create(previous + 1);
    if (!hasLeft) all.create(t - reachMs, previous !== undefined && previous >= t - reachMs ? left : undefined);
    if (!hasRight && right !== undefined && latestOf(right) > t) all.put(t + 1, right, false);
  }

  /** A record before `timeDifference`: its left window is the first one, `[0, timeDifference]`, which it shares. */
  function sweepEarly<S>(all: Sweep<S>, t: number): void {
    const { windows } = all.lane;
    let hasRight = false;
    let first: Window<S> | undefined;
    let right: Window<S> | undefined;
    let previous: number | undefined;
    for (let i = 0; i < windows.length; i++) {
      const window = windows[i] as Window<S>;
      if (window.start > t + 1) break;
      if (window.state === undefined || window.forgotten) continue;
      if (window.start === 0) {
        first = window;
        if (latestOf(window) < t) previous = latestOf(window);
      } else if (window.start <= t) {
        right = window;
        all.fold(window);
      } else {
        hasRight = true;
      }
    }
    if (right === undefined && first !== undefined && latestOf(first) > t) right = first;
    if (!hasRight && right !== undefined && latestOf(right) > t) all.put(t + 1, right, false);
    if (previous !== undefined && !all.has(previous + 1)) all.create(previous + 1);
    if (first === undefined) all.create(0);
    else all.fold(first);
  }

  return Object.freeze<WindowKind<V, false>>({
    kind: 'sliding',
    title: `sliding windows of ${formatDuration(reachMs)}, grace ${formatDuration(graceMs)}`,
    merges: false,
    stamp: 'latest',
    laneOf: (record) => id?.(record) ?? '',
    // One tick before it closes, while it would still take a record of that instant.
    change: changeWindows,
    suppressedUntil: ({ closesAt }) => closesAt - 1,
    ...streamRetention('start', 2 * reachMs),
    refuses: ({ value }) => (value === null || value === undefined ? 'A sliding window takes no record without a value.' : undefined),

    judge<S>({ timestamp: t }: StreamRecord<V>, lane: Lane<V, S>, { watermark }: Place): Verdict<S> {
      const closesAt = t + reachMs + graceMs + 1;
      const all = new Sweep<S>(lane, watermark);
      if (closesAt > watermark) {
        if (t >= reachMs) sweep(all, t);
        else sweepEarly(all, t);
      }
      const { changes, missed } = all;
      if (changes.some(({ folds }) => folds)) return { to: 'change', changes, missed };
      const held = startingAt(lane.windows, Math.max(0, t - reachMs));
      const late: LateVerdict<S> = held?.closed === undefined ? { to: 'late', code: 'LATE', closesAt } : lateFor(held);
      return changes.length === 0 ? late : { to: 'change', changes, missed, late };
    },
  });
}

/** The greatest timestamp of its records. */
function latestOf(window: Window): number {
  return window.latest ?? window.end;
}
