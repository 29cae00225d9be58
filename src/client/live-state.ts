import type { Counts, LiveFrame, LiveLate, LiveOutcome, LiveSource, LiveWindow } from '../protocol/live.ts';

/** A closed window stays in the state for this long of the server's time, so that a page can show how it ended. */
export const CLOSED_KEPT_MS = 10_000;
/** Windows kept at most, open and closed together; the closed leave first, then those untouched for longest. */
export const WINDOWS_KEPT = 10_000;
/** Outcomes kept at most, and late and rejected records. */
export const HISTORY_KEPT = 100;

/** A clock reading this far from the last is a jump and not a delay on the way. */
const CLOCK_JUMP_MS = 2_000;

/** A window that closed while it was watched, kept for `CLOSED_KEPT_MS`. */
export interface ClosedWindow extends LiveWindow {
  /** The server's clock in the frame that told of the closing. */
  readonly closedAt: number;
  /** The watermark in that frame. */
  readonly closedWatermark: number | null;
}

/** What a viewer knows of one partition (P9). Instants are the server's unless said otherwise, in ms since the epoch. */
export interface LiveState {
  readonly connection: 'connecting' | 'open' | 'waiting';
  /** While `waiting`: the local instant of the next attempt. */
  readonly retryAt: number | null;
  /** Connections in a row that ended before a frame came. */
  readonly failures: number;
  /** Why the last connection ended, for people. */
  readonly trouble: string | null;
  /** The time mode (T4); `null` before the first snapshot, as all that follows. */
  readonly time: 'source' | 'clock' | 'stream' | null;
  /** The name of the topology that is served; `null` where the Worker does not say it. */
  readonly topology: string | null;
  readonly counts: Counts | null;
  readonly source: LiveSource | null;
  readonly watermark: number | null;
  /** The server's clock in the last frame, and the local one when it came: `now + (local - receivedAt)` is about the server's now. */
  readonly now: number | null;
  /** The server's clock less the local one, ms, by the frame that was least delayed on its way. */
  readonly offset: number;
  /** By `windowKey`, least recently changed first. */
  readonly open: ReadonlyMap<string, LiveWindow>;
  readonly closed: ReadonlyMap<string, ClosedWindow>;
  /** The last 100, oldest first. */
  readonly outcomes: readonly LiveOutcome[];
  /** The last 100 since subscribing, oldest first; a new snapshot does not repeat them, so it does not clear them. */
  readonly lates: readonly LiveLate[];
}

/** What a viewer knows before the first frame: nothing, and that it is connecting. */
export const INITIAL_STATE: LiveState = {
  connection: 'connecting',
  retryAt: null,
  failures: 0,
  trouble: null,
  time: null,
  topology: null,
  counts: null,
  source: null,
  watermark: null,
  now: null,
  offset: 0,
  open: new Map(),
  closed: new Map(),
  outcomes: [],
  lates: [],
};

/** Identifies a window: (key, id, start). */
export function windowKey(window: LiveWindow): string {
  return JSON.stringify([window.key, window.id, window.start]);
}

/** The state after a frame that came at the local instant `receivedAt`. Pure; a snapshot's page 0 starts afresh, its following pages add. */
export function applyFrame(state: LiveState, frame: LiveFrame, receivedAt: number): LiveState {
  const afresh = frame.t === 'snapshot' && frame.page === 0;
  const head = { watermark: frame.watermark, now: frame.now, offset: offsetAfter(afresh ? null : state.offset, frame.now - receivedAt) };
  const next = { ...state, ...head, closed: withoutOld(state.closed, frame.now) };
  switch (frame.t) {
    case 'snapshot': {
      const { time, topology = null, counts, source } = frame;
      const from = afresh ? { ...next, open: new Map(), closed: new Map() } : next;
      const told = withOutcomes({ ...withWindows(from, frame.windows, frame), time, topology, counts, source }, frame.outcomes);
      return afresh ? { ...told, outcomes: frame.outcomes.slice(-HISTORY_KEPT) } : told;
    }
    case 'window':
      return withWindows(next, frame.items, frame);
    case 'outcome':
      return withOutcomes(next, frame.items);
    case 'late':
      return { ...next, lates: [...next.lates, ...frame.items].slice(-HISTORY_KEPT) };
    case 'watermark':
      return { ...next, counts: frame.counts, source: frame.source };
  }
}

/** A frame's delay makes its clock look slow, never fast: the greatest difference is the truest, until the clock jumps. */
function offsetAfter(before: number | null, sample: number): number {
  return before === null || sample > before || sample < before - CLOCK_JUMP_MS ? sample : before;
}

function withoutOld(closed: LiveState['closed'], now: number): LiveState['closed'] {
  const kept = [...closed].filter(([, window]) => window.closedAt + CLOSED_KEPT_MS > now);
  return kept.length === closed.size ? closed : new Map(kept);
}

function withWindows(state: LiveState, items: readonly LiveWindow[], { now, watermark }: Pick<LiveFrame, 'now' | 'watermark'>): LiveState {
  const open = new Map(state.open);
  const closed = new Map(state.closed);
  for (const window of items) {
    const key = windowKey(window);
    open.delete(key);
    closed.delete(key);
    if (window.gone) continue;
    if (window.closed === undefined) open.set(key, window);
    else closed.set(key, { ...window, closedAt: now, closedWatermark: watermark });
  }
  for (const least of [closed, open]) {
    for (const key of least.keys()) {
      if (open.size + closed.size <= WINDOWS_KEPT) break;
      least.delete(key);
    }
  }
  return { ...state, open, closed };
}

function withOutcomes(state: LiveState, items: readonly LiveOutcome[]): LiveState {
  const had = new Set(state.outcomes.map(({ seq, id }) => `${seq} ${id}`));
  const fresh = items.filter((outcome) => !had.has(`${outcome.seq} ${outcome.id}`));
  return { ...state, outcomes: [...state.outcomes, ...fresh].slice(-HISTORY_KEPT) };
}
