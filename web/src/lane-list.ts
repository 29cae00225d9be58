import { setPx } from './element.ts';
import { type Guests, type LaneElement, laneElement } from './lane-element.ts';
import type { Lane } from './lanes.ts';
import type { Scale } from './scale.ts';
import type { Slot } from './slots.ts';
import type { Trade } from './trade.ts';

/** A lane in sight. */
export interface SeenLane {
  readonly lane: Lane;
  readonly slot: Slot;
  /** From 0, among all lanes. */
  readonly index: number;
}

export interface LaneList {
  /** Makes the list show these of `count` lanes, and no others. `sorted`: the lanes may have changed places, and are seen to go there. */
  update(
    seen: readonly SeenLane[],
    view: { readonly count: number; readonly sorted: boolean; readonly scale: Scale; readonly now: number; readonly trade: Trade },
  ): void;
  /** Moves the tracks and fills the bars. */
  move(scale: Scale, now: number, shift: number): void;
  /** A lane that is drawn, by its key. */
  find(key: string): LaneElement | undefined;
}

const MOVE_MS = 240;

interface Drawn {
  readonly lane: LaneElement;
  top: number;
  index: number;
}

/** @param calm true where the reader wants no motion. */
export function laneList(list: HTMLElement, guests: Guests, calm: () => boolean): LaneList {
  const drawn = new Map<string, Drawn>();

  return {
    update(seen, { count, sorted, scale, now, trade }) {
      const keys = new Set(seen.map(({ lane }) => lane.key));
      for (const [key, { lane }] of drawn) {
        if (keys.has(key)) continue;
        lane.root.remove();
        drawn.delete(key);
      }
      const moving = sorted && !calm() && drawn.size > 0;
      const jumped = new Set(moving ? jumpedOf(seen.map(({ lane }) => drawn.get(lane.key)?.index)) : []);
      seen.forEach(({ lane, slot, index }, i) => {
        const before = drawn.get(lane.key);
        const found = before ?? { lane: laneElement(lane.key, guests), top: slot.top, index };
        drawn.set(lane.key, found);
        found.lane.draw(lane, scale, now, trade);
        const { root } = found.lane;
        if (root.getAttribute('aria-posinset') !== String(index + 1)) root.setAttribute('aria-posinset', String(index + 1));
        if (root.getAttribute('aria-setsize') !== String(count)) root.setAttribute('aria-setsize', String(count));
        if (list.children[i] !== root) putAt(list, i, root);
        if (before === undefined || found.top !== slot.top) setPx(root, 'top', slot.top);
        // One that comes, or overtakes others, would cross them on its way: it shows where it stands once they have made room.
        if (moving && (before === undefined || jumped.has(i))) appear(root);
        else if (moving && found.top !== slot.top) slide(root, found.top - slot.top);
        found.top = slot.top;
        found.index = index;
      });
    },
    move(scale, now, shift) {
      for (const { lane } of drawn.values()) lane.move(scale, now, shift);
    },
    find: (key) => drawn.get(key)?.lane,
  };
}

/** An element that is moved in the document loses the focus that is in it. */
function putAt(list: HTMLElement, i: number, root: HTMLElement): void {
  const focused = root.contains(document.activeElement) ? document.activeElement : null;
  list.insertBefore(root, list.children[i] ?? null);
  if (focused instanceof HTMLElement) focused.focus({ preventScroll: true });
}

/** Which of those that stood at these indexes have overtaken one that comes after them. */
export function jumpedOf(before: readonly (number | undefined)[]): readonly number[] {
  const jumped: number[] = [];
  let least = Number.POSITIVE_INFINITY;
  for (let i = before.length - 1; i >= 0; i--) {
    const index = before[i];
    if (index === undefined) continue;
    if (index > least) jumped.push(i);
    least = Math.min(least, index);
  }
  return jumped;
}

function slide(root: HTMLElement, by: number): void {
  root.animate([{ transform: `translateY(${by}px)` }, { transform: 'none' }], { duration: MOVE_MS, easing: 'ease-out' });
}

function appear(root: HTMLElement): void {
  root.animate([{ opacity: 0 }, { opacity: 0, offset: 0.6 }, { opacity: 1 }], { duration: MOVE_MS * 1.6 });
}
