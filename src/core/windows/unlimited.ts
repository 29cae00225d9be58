import { badOption } from '../option.ts';
import { isTimestamp, type StreamRecord } from '../record.ts';
import { type Lane, lateFor, NEVER, type Place, startingAt, type Verdict, type WindowKind } from '../window.ts';
import type { WindowOptions } from '../window-options.ts';

/** From when on there is a window, and whose. */
export interface UnlimitedOptions<V> extends Pick<WindowOptions<V>, 'id'> {
  /** Records before this instant are none of the window's; ms since the epoch, default 0. */
  readonly start?: number;
}

/**
 * One window that never closes (W7): `[start, NEVER)`. Its result is what `emit: 'update'` tells; only a condition of the reducer (W6) ends it;
 * one that its reducer has emptied stays all the same.
 * @throws OrielError `OPTION` for a start that is no instant.
 */
export function unlimited<V>({ start = 0, id }: UnlimitedOptions<V> = {}): WindowKind<V, false> {
  if (!isTimestamp(start)) throw badOption('unlimited: start', start, 'whole ms since the epoch');
  return Object.freeze<WindowKind<V, false>>({
    kind: 'unlimited',
    title: start === 0 ? 'one window that never closes' : `one window from ${new Date(start).toISOString()} that never closes`,
    merges: false,
    stamp: 'latest',
    laneOf: (record) => id?.(record) ?? '',
    suppressedUntil: () => NEVER,

    judge<S>({ timestamp }: StreamRecord<V>, lane: Lane<V, S>, _place: Place): Verdict<S> {
      if (timestamp < start) return { to: 'late', code: 'NO_WINDOW' };
      const window = startingAt(lane.windows, start);
      if (window === undefined) return { to: 'open', bounds: { id: lane.id, start, end: NEVER, closesAt: NEVER } };
      return window.closed === undefined ? { to: 'fold', window } : lateFor(window);
    },
  });
}
