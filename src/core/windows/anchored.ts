import { type Duration, formatDuration } from '../duration.ts';
import type { StreamRecord } from '../record.ts';
import { type Bounds, firstAfter, type Lane, type LateVerdict, lateFor, type Place, type Verdict, type Window, type WindowKind } from '../window.ts';
import { graceOption, sizeOption } from '../window-options.ts';

/** What opens a window at its event, how long it is, and how long it takes what comes late. */
export interface AnchoredOptions<V> {
  /** How long a window is: 1 ms to 366 d, or a function of the record that opens it (W5). */
  readonly size: Duration | ((opener: StreamRecord<V>) => Duration);
  /** How long past its end a window still takes records, and how long a record waits for its opener: 0 ms or more. Required (W9). */
  readonly grace: Duration;
  /** Which of a key's windows a record belongs to; default: one for all. */
  readonly id?: (record: StreamRecord<V>) => string;
  /** Whether a record may open a window; default: every one may. */
  readonly opens?: (record: StreamRecord<V>) => boolean;
}

/**
 * Windows that start at the event (W1): a record that `opens` admits opens `[t, t + size)`.
 * Size 15 min, grace 1 min, a request at 14:00 → `[14:00, 14:15)`, closes at 14:16.
 * @throws OrielError `OPTION` for a size or grace out of bounds; for a size function when it is called, which rejects the record.
 */
export function anchored<V>(options: AnchoredOptions<V>): WindowKind<V, false> {
  const { size, id, opens } = options;
  const graceMs = graceOption('anchored', options.grace);
  const fixedMs = typeof size === 'function' ? undefined : sizeOption('anchored: size', size);

  function boundsOf(record: StreamRecord<V>, lane: string): Bounds {
    const sizeMs = fixedMs ?? sizeOption('anchored: size(record)', (size as (opener: StreamRecord<V>) => Duration)(record));
    const end = record.timestamp + sizeMs;
    return { id: lane, start: record.timestamp, end, closesAt: end + graceMs };
  }

  return Object.freeze<WindowKind<V, false>>({
    kind: 'anchored',
    title: `windows of ${fixedMs === undefined ? 'a size of their own' : formatDuration(fixedMs)} from the event on, grace ${formatDuration(graceMs)}`,
    merges: false,
    stamp: 'end',
    suppressedUntil: ({ closesAt }) => closesAt,
    laneOf: (record) => id?.(record) ?? '',

    judge<S>(record: StreamRecord<V>, lane: Lane<V, S>, { watermark }: Place): Verdict<S> {
      const t = record.timestamp;
      const after = firstAfter(lane.windows, t);
      const open = openHolding(lane, after, t) ?? openSoonAfter(lane, after, t);
      if (open !== undefined) return { to: 'fold', window: open };

      const mayOpen = opens === undefined || opens(record);
      const remembered = rememberedHolding(lane, after, t, mayOpen);
      if (remembered !== undefined) return lateFor(remembered);
      if (mayOpen) {
        const bounds = boundsOf(record, lane.id);
        const next = lane.windows[after];
        const wouldOverlap = next !== undefined && next.start < bounds.end;
        if (wouldOverlap || bounds.closesAt <= watermark) return { to: 'late', code: 'LATE', closesAt: bounds.closesAt };
        return { to: 'open', bounds };
      }
      if (graceMs > 0 && watermark < t + graceMs) return { to: 'wait', until: t + graceMs };
      return latestBefore(record, lane);
    },

    giveUp: latestBefore,

    takes: (bounds, waiting) => {
      const t = waiting.record.timestamp;
      return t >= bounds.start - graceMs && t < bounds.end;
    },
  });

  /** W8: the latest window of the lane with `start - grace <= t`. */
  function latestBefore<S>(record: StreamRecord<V>, lane: Lane<V, S>): LateVerdict<S> {
    const window = lane.windows[firstAfter(lane.windows, record.timestamp + graceMs) - 1];
    return window === undefined ? { to: 'late', code: 'NO_WINDOW' } : { to: 'late', code: 'LATE', window };
  }
}

/** W3 (a). Open windows of a lane are disjoint, and none starts inside another: only the last that starts at `t` or before can hold it. */
function openHolding<S>(lane: Lane<unknown, S>, after: number, t: number): Window<S> | undefined {
  const window = lane.windows[after - 1];
  return window !== undefined && window.closed === undefined && t < window.end ? window : undefined;
}

/** W3 (b), with the grace that the window was opened with (W9). */
function openSoonAfter<S>(lane: Lane<unknown, S>, after: number, t: number): Window<S> | undefined {
  for (let i = after; i < lane.windows.length; i++) {
    const window = lane.windows[i] as Window<S>;
    if (window.closed === undefined) return window.start - t <= window.closesAt - window.end ? window : undefined;
  }
  return undefined;
}

/** W3 (c): the latest that holds `t`; for what may open, a window ends where it set its key free (W6). */
function rememberedHolding<S>(lane: Lane<unknown, S>, after: number, t: number, mayOpen: boolean): Window<S> | undefined {
  for (let i = after - 1; i >= 0; i--) {
    const window = lane.windows[i] as Window<S>;
    if (window.start + lane.longest <= t) return undefined;
    if (window.closed !== undefined && t < (mayOpen ? window.closed.freeFrom : window.end)) return window;
  }
  return undefined;
}
