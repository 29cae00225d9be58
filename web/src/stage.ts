import type { LiveState } from '../../src/client.ts';
import { type Axis, axisFor } from './axis.ts';
import { setPx } from './element.ts';
import type { Guests } from './lane-element.ts';
import { laneKeys } from './lane-keys.ts';
import { laneList } from './lane-list.ts';
import { laneOrder, type OrderOptions } from './lane-order.ts';
import { refreshed } from './lanes.ts';
import { isWorn, type Scale, scaleOf, shiftOf } from './scale.ts';
import { seenOf } from './slots.ts';
import { timeAxis } from './time-axis.ts';
import { tradeOf } from './trade.ts';
import { viewOf } from './view-of.ts';

/** Lanes this far out of sight are drawn too, px: a scroll is seen before a frame is. */
const OVERSCAN_PX = 160;
/** The height of the axis above the lanes, px; the style sheet says the same. */
const AXIS_PX = 44;

export interface StageElements {
  /** What scrolls: the axis, which sticks, and the list. */
  readonly scroll: HTMLElement;
  readonly list: HTMLElement;
  readonly marks: HTMLElement;
  readonly lines: HTMLElement;
  readonly empty: HTMLElement;
}

/** What a mode has in its lanes. */
export interface StageOptions extends OrderOptions {
  /** True where the reader wants no motion. */
  readonly calm: () => boolean;
  readonly guests?: Guests;
}

export interface Stage {
  /** Whether it has been given another size since it was last drawn. */
  resized(): boolean;
  /** Takes in a state: lanes, bars and scale. `now` is the server's clock, `localNow` the page's own. */
  update(state: LiveState, now: number, own: string, localNow: number): void;
  /** Moves time on; draws nothing where no pixel would change. */
  move(now: number): void;
}

/** The lanes on their moving time axis; only those in sight are in the document. */
export function stage(elements: StageElements, { calm, guests = () => [], ...options }: StageOptions): Stage {
  const { scroll, list } = elements;
  const lanes = laneList(list, guests, calm);
  const order = laneOrder(options);
  const axisView = timeAxis(elements.marks, elements.lines);
  let axis: Axis | undefined;
  let scale: Scale | undefined;
  let state: LiveState | undefined;
  let drawnShift: number | undefined;
  let redraw = (): void => {};
  const view = viewOf(scroll, elements.marks);
  scroll.addEventListener('scroll', () => {
    view.scrolled();
    redraw();
  });

  /** The instant that the axis hangs on: in a replay that is where the records are. */
  const handAt = (now: number): number => (state?.time === 'stream' ? (state.watermark ?? now) : now);
  const keys = laneKeys(list, {
    count: () => order.count,
    show(index) {
      const slot = order.slots[index];
      if (slot === undefined) return undefined;
      scroll.scrollTop = Math.min(slot.top, Math.max(slot.top + slot.height + AXIS_PX - view.height, view.top));
      view.scrolled();
      redraw();
      return lanes.find(order.keyAt(index) ?? '');
    },
  });

  function draw(sorted: boolean, now: number): void {
    if (state === undefined || scale === undefined) return;
    const { from, to } = seenOf(order.slots, view.top - OVERSCAN_PX, view.top + view.height + OVERSCAN_PX);
    const shown = new Set(Array.from({ length: to - from }, (_, i) => from + i));
    const focused = keys.focused();
    const kept = focused === null ? -1 : order.indexOf(focused);
    if (kept !== -1) shown.add(kept);
    const given = state;
    const seen = [...shown]
      .sort((a, b) => a - b)
      .flatMap((index) => {
        const [lane, slot] = [order.laneAt(index), order.slots[index]];
        return lane === undefined || slot === undefined ? [] : [{ lane: sorted ? lane : refreshed(lane, given), slot, index }];
      });
    lanes.update(seen, { count: order.count, sorted, scale, now: handAt(now), trade: tradeOf(state.topology) });
    keys.settle();
    drawnShift = undefined;
  }

  const move = (now: number): void => {
    if (state === undefined || scale === undefined) return;
    const hand = handAt(now);
    const shift = shiftOf(scale, hand);
    if (shift === drawnShift) return;
    drawnShift = shift;
    lanes.move(scale, hand, shift);
    axisView.move(scale, { now, hand, watermark: state.time === 'clock' ? null : state.watermark });
  };

  return {
    resized: () => view.stale,
    update(given, now, own, localNow) {
      state = given;
      view.stale = false;
      const sorted = order.sort(given, { now, own, localNow });
      elements.empty.hidden = given.time === null || order.count > 0;
      if (view.width === 0) return;
      const hand = handAt(now);
      const fitting = sorted || axis === undefined ? axisFor(order.lengths(), axis) : axis;
      const outdated = scale === undefined || scale.width !== view.width || fitting !== axis || isWorn(scale, hand);
      axis = fitting;
      if (outdated || scale === undefined) scale = scaleOf(axis, view.width, hand);
      if (sorted || outdated) setPx(list, 'height', order.layOut(scale, hand));
      redraw = () => {
        draw(false, now);
        move(now);
      };
      draw(sorted, now);
      move(now);
    },
    move,
  };
}
