import { type LiveState, windowKey } from '../../src/client.ts';
import type { LaneGroup, LaneOptions, Seen } from './lanes.ts';

/** Windows that are looked at in one go. */
const PART = 2_000;

type Entry = LaneGroup['windows'][number];

/** While it is kept: what it is, and what it will be when all windows have been looked at. */
interface Group extends LaneGroup {
  own: boolean;
  newest: number;
  windows: Entry[];
  coming: Entry[];
  newestComing: number;
}

/**
 * Puts windows in groups, one a customer, in order; part by part, so that thousands of them hold up no frame: between two parts all is as it was. Groups are kept from call to call, with
 * the entries of windows that have not changed, and stand in the order of the last call when they are sorted. What a call gives holds until the next one has ended.
 */
export function laneGroups(): (state: LiveState, options: LaneOptions) => Generator<undefined, readonly LaneGroup[]> {
  const byKey = new Map<string, Group>();
  const groups: Group[] = [];
  /** They come among the groups at the end. */
  let fresh: Group[] = [];

  function add(window: Seen): void {
    const { key, start } = window;
    let group = byKey.get(key);
    if (group === undefined) {
      group = { key, own: false, newest: start, windows: [], coming: [], newestComing: start };
      byKey.set(key, group);
      fresh.push(group);
    }
    const { windows, coming } = group;
    group.newestComing = coming.length === 0 ? start : Math.max(group.newestComing, start);
    const known = windows[coming.length];
    coming.push(known?.window === window ? known : { id: windowKey(window), window });
  }

  return function* ({ open, closed }, { now, own, keptMs, order }) {
    // A call before this one may have been given up.
    for (const group of [...groups, ...fresh]) group.coming.length = 0;
    const windows: Seen[] = [...open.values()];
    for (const window of closed.values()) if (now - window.closedAt < keptMs) windows.push(window);
    for (let i = 0; i < windows.length; i++) {
      if (i % PART === PART - 1) yield;
      add(windows[i] as Seen);
    }
    let left = 0;
    for (const group of [...groups, ...fresh]) {
      if (group.coming.length === 0) {
        byKey.delete(group.key);
        continue;
      }
      [group.windows, group.coming] = [group.coming, group.windows];
      group.newest = group.newestComing;
      group.own = group.key === own;
      groups[left++] = group;
    }
    groups.length = left;
    fresh = [];
    const sign = order === 'newest' ? 1 : -1;
    return groups.sort((a, b) => Number(b.own) - Number(a.own) || sign * (b.newest - a.newest) || (a.key < b.key ? -1 : 1));
  };
}
