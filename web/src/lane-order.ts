import type { LiveState } from '../../src/client.ts';
import { NEVER } from '../../src/core/window.ts';
import { ROW_PX } from './bar.ts';
import { laneGroups } from './lane-groups.ts';
import { type Lane, type LaneGroup, type LaneOptions, laneOf, ROWS_MOST, SHOWN_AFTER_CLOSING_MS } from './lanes.ts';
import type { Scale } from './scale.ts';
import { heightOf, type Slot, slotsOf } from './slots.ts';

/** With more windows than this the lanes are sorted not with every state but this often, ms, and only those in sight are placed. */
const MANY_WINDOWS = 400;
const SORT_EVERY_MS = 1_000;
/** So many windows say how long windows are. */
const SAMPLE = 200;
const LINE_PX = 1;

/** What a mode says of its lanes. */
export interface OrderOptions {
  /** How long closed windows stay, ms of the server's clock; `undefined`: 8 s. */
  readonly keptMs?: () => number | undefined;
  /** Default: newest first. */
  readonly order?: () => LaneOptions['order'];
  /** Px that a customer's lane has below its bars, for its guests; default 0. */
  readonly belowPx?: (key: string, scale: Scale, now: number) => number;
  /** Customers beside those that have windows, below them; `has` says of one whether it has. */
  readonly more?: (has: (key: string) => boolean) => readonly string[];
}

/** All lanes in their order, with where each stands. */
export interface LaneOrder {
  readonly count: number;
  readonly slots: readonly Slot[];
  /** Sorts anew; where there is much to sort, not with every call, and each time for several calls. Says whether it has. */
  sort(state: LiveState, clocks: { readonly now: number; readonly localNow: number; readonly own: string }): boolean;
  /** Finds out where each stands; says how high they are together, px. */
  layOut(scale: Scale, now: number): number;
  /** How long windows are, ms: of some of them. */
  lengths(): readonly number[];
  /** Placed as it was when they were sorted. */
  laneAt(index: number): Lane | undefined;
  keyAt(index: number): string | undefined;
  indexOf(key: string): number;
}

export function laneOrder({ keptMs, order = () => 'newest', belowPx = () => 0, more }: OrderOptions): LaneOrder {
  const grouped = laneGroups();
  let sorting: ReturnType<typeof grouped> | undefined;
  let groups: readonly LaneGroup[] = [];
  let slots: readonly Slot[] = [];
  let placed = new Map<number, Lane>();
  let time: LiveState['time'] = null;
  let sortedAt = Number.NEGATIVE_INFINITY;
  let sortedFor = '';
  let sortedNow = 0;
  let isMany = false;

  const laneAt = (index: number): Lane | undefined => {
    const group = groups[index];
    if (group === undefined) return undefined;
    const lane = placed.get(index) ?? laneOf(group, time, sortedNow);
    placed.set(index, lane);
    return lane;
  };

  return {
    get count() {
      return groups.length;
    },
    get slots() {
      return slots;
    },
    sort(state, { now, localNow, own }) {
      isMany = state.open.size + state.closed.size > MANY_WINDOWS;
      const isPatient = isMany && own === sortedFor && state.time === time;
      if (isPatient && localNow - sortedAt < SORT_EVERY_MS) return false;
      if (!isPatient || sorting === undefined) {
        sorting = grouped(state, { now, own, keptMs: keptMs?.() ?? SHOWN_AFTER_CLOSING_MS, order: order() });
        sortedFor = own;
        sortedNow = now;
        time = state.time;
      }
      let part = sorting.next();
      if (isPatient && !part.done) return false;
      while (!part.done) part = sorting.next();
      sorting = undefined;
      sortedAt = localNow;
      placed = new Map();
      groups = part.value;
      const also = more?.(keysOf(groups)) ?? [];
      if (also.length > 0) groups = [...groups, ...also.map((key) => ({ key, own: false, newest: 0, windows: [] }))];
      return true;
    },
    layOut(scale, now) {
      const [first] = groups;
      const below = isMany && first !== undefined ? belowPx(first.key, scale, now) : undefined;
      slots = slotsOf(
        groups.map(({ key, windows }, i) => {
          // Of many, most stand where nobody looks: there each has as many rows as windows.
          const rows = below === undefined ? (laneAt(i)?.rows ?? 1) : Math.max(1, Math.min(ROWS_MOST, windows.length));
          return rows * ROW_PX + (below ?? belowPx(key, scale, now)) + LINE_PX;
        }),
      );
      return heightOf(slots);
    },
    lengths: () =>
      groups
        .slice(0, SAMPLE)
        .flatMap(({ windows }) => windows.flatMap(({ window: { start, closesAt } }) => (closesAt === NEVER ? [] : [closesAt - start]))),
    laneAt,
    keyAt: (index) => groups[index]?.key,
    indexOf: (key) => groups.findIndex((group) => group.key === key),
  };
}

/** Made only where it is asked. */
function keysOf(groups: readonly LaneGroup[]): (key: string) => boolean {
  let keys: ReadonlySet<string> | undefined;
  return (key) => {
    keys ??= new Set(groups.map((group) => group.key));
    return keys.has(key);
  };
}
