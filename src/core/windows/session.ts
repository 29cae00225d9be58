import { changeWindows } from '../change.ts';
import { type Duration, formatDuration } from '../duration.ts';
import type { StreamRecord } from '../record.ts';
import { streamRetention } from '../stream-retention.ts';
import { type Bounds, firstAfter, type Lane, type LateVerdict, lateFor, type Place, type Verdict, type Window, type WindowKind } from '../window.ts';
import { graceOption, sizeOption, type WindowOptions } from '../window-options.ts';

/** How long a pause may be within a session, and how late a record. */
export interface SessionOptions<V> extends WindowOptions<V> {
  /** The longest pause within a session: 1 ms to 366 d. */
  readonly gap: Duration;
}

/**
 * Windows of activity (W7): records of a key at most `gap` apart stand in one session, `[first, last]`; a record between two of them merges both. They close at
 * `end + gap + grace + 1`. Gap 10 min: records at 14:00, 14:10, 14:21 → `[14:00, 14:10]` and `[14:21, 14:21]`.
 * In `stream` mode one that has closed is still merged by a record that reaches it, as in Kafka Streams; otherwise closed is closed.
 * @throws OrielError `OPTION` for a gap or grace out of bounds.
 */
export function session<V>(options: SessionOptions<V>): WindowKind<V, true> {
  const gapMs = sizeOption('session: gap', options.gap);
  const graceMs = graceOption('session', options.grace);
  const { id } = options;
  return Object.freeze<WindowKind<V, true>>({
    kind: 'session',
    title: `sessions with a gap of ${formatDuration(gapMs)}, grace ${formatDuration(graceMs)}`,
    merges: true,
    stamp: 'latest',
    laneOf: (record) => id?.(record) ?? '',
    // One tick before it closes, while it would still take a record of that instant.
    change: changeWindows,
    suppressedUntil: ({ closesAt }) => closesAt - 1,
    ...streamRetention('end', 0),

    judge<S>({ timestamp: t }: StreamRecord<V>, lane: Lane<V, S>, { watermark, mode }: Place): Verdict<S> {
      const near = reached(lane, t - gapMs, t + gapMs);
      const early = near.find(({ start, end, closed }) => closed !== undefined && closed.by !== 'watermark' && start <= t && t <= end);
      if (early !== undefined) return lateFor(early);
      const merges = near.filter(({ closed }) => closed === undefined || (mode === 'stream' && closed.by === 'watermark'));
      const start = merges.reduce((least, window) => Math.min(least, window.start), t);
      const end = merges.reduce((most, window) => Math.max(most, window.end), t);
      const bounds: Bounds = { id: lane.id, start, end, closesAt: end + gapMs + graceMs + 1 };
      if (bounds.closesAt <= watermark) return lateIn(near, t, bounds);
      const [only] = merges;
      const reachesOn = merges.length === 1 && only?.closed === undefined && only?.start === start;
      const window = withBounds(lane, bounds) ?? (reachesOn ? only : undefined);
      if (merges.length === 0 && window === undefined) return { to: 'open', bounds };
      const isInstant = start === t && end === t;
      return {
        to: 'change',
        changes: [{ ...(window === undefined ? {} : { window }), bounds, merges, retracts: !isInstant, folds: true }],
        missed: 0,
      };
    },
  });
}

/** The sessions that hold anything and touch `[from, to]`, by (end, start). */
function reached<S>({ windows, longest }: Lane<unknown, S>, from: number, to: number): Window<S>[] {
  const found: Window<S>[] = [];
  for (let i = firstAfter(windows, to) - 1; i >= 0; i--) {
    const window = windows[i] as Window<S>;
    if (window.start + longest < from) break;
    if (window.end >= from && window.state !== undefined && !window.forgotten) found.push(window);
  }
  return found.length > 1 ? found.sort((a, b) => a.end - b.end || a.start - b.start) : found;
}

/** One with the very same bounds, which can go on: open, perhaps emptied by its reducer; or merged away, with what takes it back still untold, in whose place the new one comes. */
function withBounds<S>({ windows }: Lane<unknown, S>, { start, end }: Bounds): Window<S> | undefined {
  for (let i = firstAfter(windows, start) - 1; windows[i]?.start === start; i--) {
    const window = windows[i] as Window<S>;
    if (window.end === end && (window.closed === undefined || (window.state === undefined && window.suppressed !== undefined))) return window;
  }
  return undefined;
}

function lateIn<S>(near: readonly Window<S>[], t: number, { closesAt }: Bounds): LateVerdict<S> {
  const holding = near.find(({ start, end, closed }) => closed !== undefined && start <= t && t <= end);
  return holding === undefined ? { to: 'late', code: 'LATE', closesAt } : lateFor(holding);
}
