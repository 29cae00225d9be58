import type { ClosedWindow, LiveWindow } from '../../src/client.ts';
import { NEVER } from '../../src/core/window.ts';
import { element, setData, setPx, setText } from './element.ts';
import { icon, setIcon, strokeOf } from './icon.ts';
import type { LaneWindow } from './lanes.ts';
import { instant, span, stopwatch } from './moments.ts';
import { isClosed, lookOf } from './phase.ts';
import { type Scale, xOf } from './scale.ts';
import type { Trade } from './trade.ts';

/** Height of a row and of the bar in it, px; the style sheet says the same. */
export const ROW_PX = 28;
/** A bar narrower than this has its label beside it, px. */
const LABEL_LEAST_PX = 84;
/** One narrower than this has its icon and table, but no words for its state, px. */
const WORDS_LEAST_PX = 140;
const HELD_WORDS_LEAST_PX = 200;
/** One narrower than this has no room for the time that is left, px. */
const LEFT_LEAST_PX = 112;
/** One narrower than this has no room for its words beside the time that is left, px. */
const ALL_LEAST_PX = 236;

/** A button: it opens the explanation of its window. The list says by keys which of them can be tabbed to. */
export interface Bar {
  readonly root: HTMLButtonElement;
  /** Lays out the bar for a window and a scale; false where it already was so. */
  place(placed: LaneWindow, scale: Scale, now: number, trade: Trade): boolean;
  /** Fills it up to `now`, for tracks shifted by `shift` px. */
  fill(scale: Scale, now: number, shift: number): void;
}

/** One window: its body from start to end, filling; hatched to `closesAt`; striped for as long as it is held. */
export function barOf(): Bar {
  const filling = element('span', { class: 'bar-fill' });
  const body = element('span', { class: 'bar-body' }, filling);
  const grace = element('span', { class: 'bar-grace' });
  const hold = element('span', { class: 'bar-hold' });
  const sign = icon('clock');
  const name = element('b');
  const status = element('span', { class: 'bar-words' });
  const left = element('span', { class: 'bar-left' });
  const label = element('span', { class: 'bar-label', 'aria-hidden': 'true' }, sign, name, status, left);
  const spoken = element('span', { class: 'unseen' });
  const root = element('button', { type: 'button', class: 'bar', tabindex: '-1' }, body, grace, hold, label, spoken);
  const write = ({ at, width, room, on }: Room): void => {
    setData(root, 'room', room);
    setData(root, 'on', on);
    setPx(label, 'left', at);
    setData(root, 'left', on !== 'bar' || width < LEFT_LEAST_PX ? 'no' : width < ALL_LEAST_PX ? 'short' : 'yes');
    if (room === 'none') label.style.removeProperty('width');
    else setPx(label, 'width', width);
  };
  let drawn: { readonly placed: LaneWindow; readonly scale: Scale } | undefined;
  let bounds = { left: 0, body: 0, grace: 0 };

  return {
    root,
    place(placed, scale, now, trade) {
      const before = drawn?.placed;
      if (before?.window === placed.window && before.row === placed.row && before.to === placed.to && drawn?.scale === scale) return false;
      drawn = { placed, scale };
      const { window, row } = placed;
      const { phase, words } = lookOf(window, trade);
      const from = xOf(scale, window.start);
      const to = Math.min(window.closesAt, placed.to ?? window.closesAt);
      const bodyTo = Math.min(window.end, to);
      bounds = { left: from, body: Math.max(2, xOf(scale, bodyTo) - from), grace: Math.max(0, xOf(scale, to) - xOf(scale, bodyTo)) };
      setPx(root, 'left', from);
      setPx(root, 'top', row * ROW_PX);
      setPx(root, 'width', bounds.body + bounds.grace);
      setPx(body, 'width', bounds.body);
      setPx(grace, 'left', bounds.body);
      setPx(grace, 'width', bounds.grace);
      grace.hidden = bounds.grace === 0;
      setPx(hold, 'left', bounds.body + bounds.grace);
      setData(root, 'phase', phase);
      setData(root, 'held', String(window.held));
      setData(root, 'closed', window.closed ?? '');
      setIcon(sign, strokeOf(phase, window.held));
      const told = window.held ? `held, ${words}` : words;
      const title = trade.windowName(window.id);
      setText(name, title || told);
      setText(status, title === '' ? '' : told);
      root.dataset.window = placed.id;
      root.title = describe(window, now, trade);
      setText(spoken, root.title);
      return true;
    },
    fill(scale, now, shift) {
      if (drawn === undefined) return;
      const { window, to } = drawn.placed;
      const settled = bounds.body + bounds.grace;
      const total = Math.max(settled, xOf(scale, to ?? Math.max(window.closesAt, now)) - bounds.left);
      setPx(filling, 'width', isClosed(window) ? bounds.body : Math.max(0, Math.min(bounds.body, xOf(scale, now) - bounds.left)));
      setPx(hold, 'width', total - settled);
      if (hold.hidden !== (total === settled)) hold.hidden = total === settled;
      setText(left, leftWords(window, now));
      write(roomFor({ left: bounds.left + shift, own: bounds.body, settled, total }));
    },
  };
}

/** How long the window still takes records of its own, then how long it waits for late ones. */
function leftWords(window: LiveWindow | ClosedWindow, now: number): string {
  if (isClosed(window) || window.held || window.closesAt >= NEVER) return '';
  return now < window.end ? stopwatch(window.end - now) : `grace ${stopwatch(window.closesAt - now)}`;
}

/** Where a label stands, from the bar's left, and how wide it can be: on the bar, on its hold, or beside a bar too narrow for one. */
interface Room {
  readonly at: number;
  readonly width: number;
  readonly room: 'none' | 'name' | 'words';
  readonly on: 'bar' | 'hold';
}

interface Extent {
  /** Of the bar in the visible part of the track. */
  readonly left: number;
  /** Widths: of what a label can stand on, up to where the hold begins, and in all. */
  readonly own: number;
  readonly settled: number;
  readonly total: number;
}

/** The part of the bar that is in sight; else its hold, else beside it. */
function roomFor({ left, own, settled, total }: Extent): Room {
  const hidden = Math.max(0, -left);
  const words = (width: number, least: number): Room['room'] => (width < least ? 'name' : 'words');
  if (own - hidden >= LABEL_LEAST_PX) return { at: hidden, width: own - hidden, room: words(own - hidden, WORDS_LEAST_PX), on: 'bar' };
  const at = Math.max(hidden, settled);
  if (total - at >= LABEL_LEAST_PX) return { at, width: total - at - 8, room: words(total - at, HELD_WORDS_LEAST_PX), on: 'hold' };
  return { at: total, width: 0, room: 'none', on: 'bar' };
}

/** A window in one line: what it waits for and its bounds. */
export function describe(window: LiveWindow | ClosedWindow, now: number, trade: Trade): string {
  const { words } = lookOf(window, trade);
  const name = trade.windowName(window.id);
  const length = window.end === NEVER ? '' : `, ${span(window.end - window.start)}`;
  const bounds = `[${instant(window.start, now)}, ${instant(window.end, now)})${length}`;
  const state = window.held ? `held since ${instant(window.closesAt, now)}, ${words}` : words;
  const closing = isClosed(window) ? `closed ${instant(window.closedAt, now)} by ${window.closed}` : `closes ${instant(window.closesAt, now)}`;
  return `${name === '' ? '' : `${name}: `}${state}. Window ${bounds}; ${closing}.`;
}
