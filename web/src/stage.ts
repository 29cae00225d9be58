import type { LiveState } from '../../src/client.ts';
import { NEVER } from '../../src/core/window.ts';
import { type Axis, axisFor } from './axis.ts';
import { ROW_PX } from './bar.ts';
import { setPx } from './element.ts';
import type { Guests } from './lane-element.ts';
import { laneKeys } from './lane-keys.ts';
import { laneList } from './lane-list.ts';
import { type Lane, type LaneOptions, lanesOf, refreshed, SHOWN_AFTER_CLOSING_MS } from './lanes.ts';
import { isWorn, type Scale, scaleOf, shiftOf } from './scale.ts';
import { heightOf, type Slot, seenOf, slotsOf } from './slots.ts';
import { timeAxis } from './time-axis.ts';
import { tradeOf } from './trade.ts';

/** With more windows than this the lanes are not sorted with every state, but this often, ms. */
const MANY_WINDOWS = 400;
const SORT_EVERY_MS = 500;
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
export interface StageOptions {
  /** True where the reader wants no motion. */
  readonly calm: () => boolean;
  /** How long closed windows stay, ms of the server's clock; `undefined`: 8 s. */
  readonly keptMs?: () => number | undefined;
  /** Default: newest first. */
  readonly order?: () => LaneOptions['order'];
  readonly guests?: Guests;
  /** Px that a lane has below its bars, for its guests; default 0. */
  readonly belowPx?: (lane: Lane, scale: Scale, now: number) => number;
  /** Lanes beside those that have windows, below them. */
  readonly more?: (lanes: readonly Lane[]) => readonly Lane[];
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
export function stage(
  elements: StageElements,
  { calm, keptMs, order = () => 'newest', guests = () => [], belowPx = () => 0, more }: StageOptions,
): Stage {
  const { scroll, list } = elements;
  const lanes = laneList(list, guests, calm);
  const axisView = timeAxis(elements.marks, elements.lines);
  let axis: Axis | undefined;
  let scale: Scale | undefined;
  let state: LiveState | undefined;
  let drawnShift: number | undefined;
  let all: readonly Lane[] = [];
  let slots: readonly Slot[] = [];
  let sortedAt = Number.NEGATIVE_INFINITY;
  let sortedFor = '';
  let redraw = (): void => {};
  const view = viewOf(scroll, elements.marks);
  scroll.addEventListener('scroll', () => {
    view.scrolled();
    redraw();
  });

  /** The instant that the axis hangs on: in a replay that is where the records are. */
  const handAt = (now: number): number => (state?.time === 'stream' ? (state.watermark ?? now) : now);
  const keys = laneKeys(list, {
    count: () => all.length,
    show(index) {
      const slot = slots[index];
      const lane = all[index];
      if (slot === undefined || lane === undefined) return undefined;
      const most = slot.top;
      const least = slot.top + slot.height + AXIS_PX - view.height;
      scroll.scrollTop = Math.min(most, Math.max(least, view.top));
      view.scrolled();
      redraw();
      return lanes.find(lane.key);
    },
  });

  /** Sorts anew, unless there is so much to sort that it waits. */
  function sort(given: LiveState, now: number, own: string, localNow: number): boolean {
    const many = given.open.size + given.closed.size > MANY_WINDOWS;
    if (many && own === sortedFor && localNow - sortedAt < SORT_EVERY_MS) return false;
    sortedAt = localNow;
    sortedFor = own;
    const withWindows = lanesOf(given, { now, own, keptMs: keptMs?.() ?? SHOWN_AFTER_CLOSING_MS, order: order() });
    all = more === undefined ? withWindows : [...withWindows, ...more(withWindows)];
    return true;
  }

  function layOut(on: Scale, hand: number): void {
    slots = slotsOf(all.map((lane) => lane.rows * ROW_PX + belowPx(lane, on, hand) + 1));
    setPx(list, 'height', heightOf(slots));
  }

  function draw(sorted: boolean, now: number): void {
    if (state === undefined || scale === undefined) return;
    const { from, to } = seenOf(slots, view.top - OVERSCAN_PX, view.top + view.height + OVERSCAN_PX);
    const shown = new Set(Array.from({ length: to - from }, (_, i) => from + i));
    const focused = all.findIndex(({ key }) => key === keys.focused());
    if (focused !== -1) shown.add(focused);
    const given = state;
    const seen = [...shown]
      .sort((a, b) => a - b)
      .flatMap((index) => {
        const [lane, slot] = [all[index], slots[index]];
        return lane === undefined || slot === undefined ? [] : [{ lane: sorted ? lane : refreshed(lane, given), slot, index }];
      });
    lanes.update(seen, { count: all.length, sorted, scale, now: handAt(now), trade: tradeOf(state.topology) });
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
      const sorted = sort(given, now, own, localNow);
      const hand = handAt(now);
      if (view.width === 0) return;
      const fitting = sorted ? axisFor(lengthsOf(all), axis) : axis;
      const outdated = scale === undefined || scale.width !== view.width || fitting !== axis || isWorn(scale, hand);
      axis = fitting ?? axisFor([]);
      if (outdated || scale === undefined) scale = scaleOf(axis, view.width, hand);
      if (sorted || outdated) layOut(scale, hand);
      redraw = () => {
        draw(false, now);
        move(now);
      };
      draw(sorted, now);
      elements.empty.hidden = given.time === null || all.length > 0;
      move(now);
    },
    move,
  };
}

/** Sizes as they were last told: to ask for one makes the browser lay out the page. */
function viewOf(scroll: HTMLElement, marks: HTMLElement) {
  const view = {
    top: 0,
    height: 0,
    width: 0,
    stale: true,
    scrolled(): void {
      view.top = scroll.scrollTop;
    },
  };
  const observer = new ResizeObserver(() => {
    view.height = scroll.clientHeight;
    view.width = marks.clientWidth;
    view.top = scroll.scrollTop;
    view.stale = true;
  });
  observer.observe(scroll);
  observer.observe(marks);
  return view;
}

function lengthsOf(lanes: readonly Lane[]): readonly number[] {
  return lanes.flatMap(({ windows }) => windows.flatMap(({ window: { start, closesAt } }) => (closesAt === NEVER ? [] : [closesAt - start])));
}
