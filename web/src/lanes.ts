import type { ClosedWindow, LiveState, LiveWindow } from '../../src/client.ts';
import { isClosed } from './phase.ts';

/** How long a closed window stays to be seen, ms. */
export const SHOWN_AFTER_CLOSING_MS = 8_000;
export const ROWS_MOST = 5;
/** A closing this long after `closesAt` is shown as a hold; a shorter delay is the way of the frames. */
const HOLD_SHOWN_MS = 1_500;

export interface LaneWindow {
  /** The `windowKey`. */
  readonly id: string;
  readonly window: Seen;
  /** From 0, top to bottom: windows of one lane that overlap stand below each other. */
  readonly row: number;
  /** Where its bar ends: at its closing where that came early or after a hold, else at `closesAt`; `null` while it is held, for now. */
  readonly to: number | null;
}

/** One customer. */
export interface Lane {
  readonly key: string;
  readonly own: boolean;
  /** At least 1. */
  readonly rows: number;
  readonly windows: readonly LaneWindow[];
  /** Windows there was no row for. */
  readonly hidden: number;
}

export interface LaneOptions {
  /** The server's clock. */
  readonly now: number;
  /** The reader's own customer: comes first. */
  readonly own: string;
  /** How long closed windows stay, ms. */
  readonly keptMs: number;
  /** Whose window opened last comes first, or the one that opened first and closes next. */
  readonly order: 'newest' | 'oldest';
}

export type Seen = LiveWindow | ClosedWindow;

/** A customer's windows before they are placed: of many customers only those in sight need that. */
export interface LaneGroup {
  readonly key: string;
  readonly own: boolean;
  /** The start of the last window. */
  readonly newest: number;
  readonly windows: readonly { readonly id: string; readonly window: Seen }[];
}

/** A lane as it was placed, with its windows as they stand now: what a lane in sight needs between two sortings. */
export function refreshed(lane: Lane, state: LiveState): Lane {
  const windows = lane.windows.map((placed) => {
    const window = state.open.get(placed.id) ?? state.closed.get(placed.id) ?? placed.window;
    return window === placed.window ? placed : { ...placed, window, to: drawnTo(window, state.time) };
  });
  return windows.every((placed, i) => placed === lane.windows[i]) ? lane : { ...lane, windows };
}

/** Each window in the first row that is free at its start. */
export function laneOf({ key, own, windows }: LaneGroup, time: LiveState['time'], now: number): Lane {
  const freeFrom: number[] = [];
  const placed: LaneWindow[] = [];
  for (const { id, window } of windows.toSorted((a, b) => a.window.start - b.window.start || (a.window.id < b.window.id ? -1 : 1))) {
    const free = freeFrom.findIndex((from) => from <= window.start);
    const row = free === -1 ? freeFrom.length : free;
    if (row >= ROWS_MOST) continue;
    const to = drawnTo(window, time);
    freeFrom[row] = to ?? Math.max(window.closesAt, now);
    placed.push({ id, window, row, to });
  }
  return { key, own, rows: Math.max(1, freeFrom.length), windows: placed, hidden: windows.length - placed.length };
}

function drawnTo(window: Seen, time: LiveState['time']): number | null {
  if (!isClosed(window)) return window.held ? null : window.closesAt;
  const ended = time === 'stream' ? (window.closedWatermark ?? window.closesAt) : window.closedAt;
  if (window.closed === 'condition') return Math.max(window.start, Math.min(window.closesAt, ended));
  return time !== 'stream' && ended > window.closesAt + HOLD_SHOWN_MS ? ended : window.closesAt;
}
