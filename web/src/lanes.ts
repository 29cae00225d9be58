import { type ClosedWindow, type LiveState, type LiveWindow, windowKey } from '../../src/client.ts';
import { isClosed } from './phase.ts';

/** How long a closed window stays to be seen, ms. */
export const SHOWN_AFTER_CLOSING_MS = 8_000;
const ROWS_MOST = 5;
/** A closing this long after `closesAt` is shown as a hold; a shorter delay is the way of the frames. */
const HOLD_SHOWN_MS = 1_500;

export interface LaneWindow {
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
  readonly rows: number;
  readonly windows: readonly LaneWindow[];
  /** Windows there was no row for. */
  readonly hidden: number;
}

export interface Lanes {
  readonly lanes: readonly Lane[];
  /** Customers there was no lane for. */
  readonly more: number;
}

export interface LaneOptions {
  /** The server's clock. */
  readonly now: number;
  /** The reader's own customer: comes first. */
  readonly own: string;
  readonly most: number;
}

type Seen = LiveWindow | ClosedWindow;
type Instants = { readonly time: LiveState['time']; readonly now: number };

/** A lane a customer, the one that opened a window last first. */
export function lanesOf(state: LiveState, { now, own, most }: LaneOptions): Lanes {
  const byKey = new Map<string, { newest: number; windows: Seen[] }>();
  const add = (window: Seen): void => {
    const lane = byKey.get(window.key);
    if (lane === undefined) byKey.set(window.key, { newest: window.start, windows: [window] });
    else {
      lane.windows.push(window);
      lane.newest = Math.max(lane.newest, window.start);
    }
  };
  for (const window of state.open.values()) add(window);
  for (const window of state.closed.values()) if (now - window.closedAt < SHOWN_AFTER_CLOSING_MS) add(window);

  const sorted = [...byKey].sort(([a, one], [b, other]) => Number(b === own) - Number(a === own) || other.newest - one.newest || (a < b ? -1 : 1));
  const lanes = sorted.slice(0, most).map(([key, { windows }]) => laneOf(key, key === own, windows, { time: state.time, now }));
  return { lanes, more: sorted.length - lanes.length };
}

/** Each window in the first row that is free at its start. */
function laneOf(key: string, own: boolean, windows: Seen[], { time, now }: Instants): Lane {
  const freeFrom: number[] = [];
  const placed: LaneWindow[] = [];
  for (const window of windows.sort((a, b) => a.start - b.start || (a.id < b.id ? -1 : 1))) {
    const free = freeFrom.findIndex((from) => from <= window.start);
    const row = free === -1 ? freeFrom.length : free;
    if (row >= ROWS_MOST) continue;
    const to = drawnTo(window, time);
    freeFrom[row] = to ?? Math.max(window.closesAt, now);
    placed.push({ id: windowKey(window), window, row, to });
  }
  return { key, own, rows: freeFrom.length, windows: placed, hidden: windows.length - placed.length };
}

function drawnTo(window: Seen, time: LiveState['time']): number | null {
  if (!isClosed(window)) return window.held ? null : window.closesAt;
  const ended = time === 'stream' ? (window.closedWatermark ?? window.closesAt) : window.closedAt;
  if (window.closed === 'condition') return Math.max(window.start, Math.min(window.closesAt, ended));
  return time !== 'stream' && ended > window.closesAt + HOLD_SHOWN_MS ? ended : window.closesAt;
}
