import type { ClosedWindow, LiveWindow } from '../../src/client.ts';
import { NEVER } from '../../src/core/window.ts';
import { element, setData, setPx, setText } from './element.ts';
import { icon, setIcon, strokeOf } from './icon.ts';
import type { LaneWindow } from './lanes.ts';
import { instant, span } from './moments.ts';
import { isClosed, lookOf } from './phase.ts';
import { type Scale, xOf } from './scale.ts';
import type { Trade } from './trade.ts';

/** Height of a row and of the bar in it, px; the style sheet says the same. */
export const ROW_PX = 30;
/** A bar narrower than this has its label beside it, px. */
const LABEL_LEAST_PX = 84;
/** One narrower than this has its icon and table, but no words for its state, px. */
const WORDS_LEAST_PX = 140;
const HELD_WORDS_LEAST_PX = 200;

export interface Bar {
  readonly root: HTMLElement;
  /** Lays out the bar for a window and a scale; false where it already was so. */
  place(placed: LaneWindow, scale: Scale, now: number, trade: Trade): boolean;
  /** Fills it up to `now`, for tracks shifted by `shift` px. */
  fill(scale: Scale, now: number, shift: number): void;
}

/** One window: its body from start to end, filling; hatched to `closesAt`; striped for as long as it is held. */
export function barOf(): Bar {
  const filling = element('div', { class: 'bar-fill' });
  const body = element('div', { class: 'bar-body' }, filling);
  const grace = element('div', { class: 'bar-grace' });
  const hold = element('div', { class: 'bar-hold' });
  const sign = icon('clock');
  const name = element('b');
  const status = element('span');
  const label = element('div', { class: 'bar-label' }, sign, name, status);
  const root = element('div', { class: 'bar', 'aria-hidden': 'true' }, body, grace, hold, label);
  const write = ({ at, width, room, on }: Room): void => {
    setData(root, 'room', room);
    setData(root, 'on', on);
    setPx(label, 'left', at);
    if (room === 'none') label.style.removeProperty('max-width');
    else setPx(label, 'max-width', width);
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
      const left = xOf(scale, window.start);
      const to = Math.min(window.closesAt, placed.to ?? window.closesAt);
      const bodyTo = Math.min(window.end, to);
      bounds = { left, body: Math.max(2, xOf(scale, bodyTo) - left), grace: Math.max(0, xOf(scale, to) - xOf(scale, bodyTo)) };
      setPx(root, 'left', left);
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
      root.title = describe(window, now, trade);
      return true;
    },
    fill(scale, now, shift) {
      if (drawn === undefined) return;
      const { window, to } = drawn.placed;
      const settled = bounds.body + bounds.grace;
      const total = Math.max(settled, xOf(scale, to ?? Math.max(window.closesAt, now)) - bounds.left);
      setPx(filling, 'width', isClosed(window) ? bounds.body : Math.max(0, Math.min(bounds.body, xOf(scale, now) - bounds.left)));
      setPx(hold, 'width', total - settled);
      hold.hidden = total === settled;
      write(roomFor({ left: bounds.left + shift, own: bounds.body, settled, total }));
    },
  };
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
