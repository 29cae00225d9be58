import { DeadlineQueue } from './deadlines.ts';
import { isBare, Lanes, putWaiting, putWindow } from './lanes.ts';
import type { Positions } from './positions.ts';
import { compareText } from './text.ts';
import { NO_WATERMARK, type TimeOptions } from './time.ts';
import type { Lane, Waiting, Window } from './window.ts';

/** How the records of a key ended (R3): with those that wait they add up to all that came. */
export interface KeyCounts {
  folded: number;
  late: number;
  rejected: number;
  duplicate: number;
}

/** What falls due: a window closes, or a record has waited long enough; later, that a window has been remembered long enough. */
export interface Deadline<V = unknown, S = unknown> {
  readonly key: KeyState<V, S>;
  readonly lane: Lane<V, S>;
  readonly target: Window<S> | Waiting<V>;
}

/** The end of a closed window's retention. */
export interface Retention<V = unknown, S = unknown> extends Deadline<V, S> {
  readonly target: Window<S>;
}

/** What falls due, in the order of R1: by instant, key, windows before waiting records, start or timestamp, age. */
export interface Deadlines {
  readonly due: DeadlineQueue<Deadline>;
  readonly forget: DeadlineQueue<Retention>;
}

/** All that is known of one key. */
export interface KeyState<V = unknown, S = unknown> extends Positions {
  readonly key: string;
  readonly counts: KeyCounts;
  /** Event ids taken over HTTP, each until an instant of the clock; these rise, whatever the clock does, up to `idsUntil`. Absent where there are none. */
  eventIds: Map<string, number> | undefined;
  idsUntil: number;
  readonly lanes: Lanes<V, S>;
  /** The greatest timestamp taken, for time scope `key`. */
  watermark: number;
  /** Its own part of the deadlines, for time scope `key`. */
  readonly own: Deadlines | undefined;
  nextOrdinal: number;
  open: number;
  waiting: number;
  /** The clock at the last change. */
  touched: number;
  /** Where the key stands in the queue of those that hold nothing. */
  queuedIdle: number | undefined;
}

/** Takes note of what has to be stored. A runtime that stores nothing has none. */
export interface Journal {
  key(key: KeyState): void;
  window(key: KeyState, window: Window, change: 'put' | 'delete'): void;
  waiting(key: KeyState, waiting: Waiting, change: 'put' | 'delete'): void;
  eventId(key: KeyState, id: string, change: 'put' | 'delete'): void;
  /** The key is forgotten whole. */
  retire(key: KeyState): void;
}

/**
 * The state of one partition, or of a single key where each has an object of its own. Keys are found in a Map, deadlines in queues: no step
 * looks at more keys than fall due.
 */
export interface State<V = unknown, S = unknown> extends Deadlines {
  watermark: number;
  readonly keys: Map<string, KeyState<V, S>>;
  /** Keys that hold nothing, by the instant of the clock at which they are forgotten whole. */
  readonly idle: DeadlineQueue<KeyState>;
  journal: Journal | undefined;
}

export function createState<V, S>(journal?: Journal): State<V, S> {
  const { due, forget } = createDeadlines();
  const idle = new DeadlineQueue<KeyState>(
    (a, b) => compareText(a.key, b.key) < 0,
    (key, at) => key.queuedIdle !== at,
  );
  return { watermark: NO_WATERMARK, keys: new Map(), due, forget, idle, journal };
}

function createDeadlines(): Deadlines {
  return { due: new DeadlineQueue(comesBefore, isSettled), forget: new DeadlineQueue<Retention>(comesBefore, isForgotten) };
}

export function createKey<V, S>(key: string, { mode, scope }: Pick<TimeOptions, 'mode' | 'scope'>): KeyState<V, S> {
  return {
    key,
    counts: { folded: 0, late: 0, rejected: 0, duplicate: 0 },
    log: '',
    offset: '',
    otherLogs: undefined,
    eventIds: undefined,
    idsUntil: 0,
    lanes: new Lanes(),
    watermark: NO_WATERMARK,
    own: mode === 'stream' && scope === 'key' ? createDeadlines() : undefined,
    nextOrdinal: 0,
    open: 0,
    waiting: 0,
    touched: 0,
    queuedIdle: undefined,
  };
}

export function isWindow<V, S>(target: Window<S> | Waiting<V>): target is Window<S> {
  return 'closesAt' in target;
}

function comesBefore(a: Deadline, b: Deadline): boolean {
  const byKey = a.key === b.key ? 0 : compareText(a.key.key, b.key.key);
  if (byKey !== 0) return byKey < 0;
  const [aWindow, bWindow] = [isWindow(a.target), isWindow(b.target)];
  if (aWindow !== bWindow) return aWindow;
  const order = instantOf(a.target) - instantOf(b.target);
  return order < 0 || (order === 0 && a.target.ordinal < b.target.ordinal);
}

function instantOf(target: Window | Waiting): number {
  return isWindow(target) ? target.start : target.record.timestamp;
}

function isSettled({ target }: Deadline): boolean {
  return isWindow(target) ? target.closed !== undefined : target.settled;
}

/** By the queue of all keys where the key has its own, or the other way round. */
function isForgotten({ key, lane, target }: Retention): boolean {
  return key.own !== undefined && !lane.windows.includes(target);
}

/** Puts a window, open or remembered, into its lane, the lane into its key, and what it is due for into the queues. */
export function placeWindow<V, S>(state: State<V, S>, key: KeyState<V, S>, lane: Lane<V, S>, window: Window<S>, retentionMs: number): void {
  if (isBare(lane)) key.lanes.add(lane);
  putWindow(lane, window);
  const entry = { key, lane, target: window } as Retention;
  if (window.closed !== undefined) return queueForget(state, entry, retentionMs);
  key.open++;
  queueDue(state, entry, window.closesAt);
}

export function placeWaiting<V, S>(state: State<V, S>, key: KeyState<V, S>, lane: Lane<V, S>, waiting: Waiting<V>): void {
  if (isBare(lane)) key.lanes.add(lane);
  putWaiting(lane, waiting);
  key.waiting++;
  queueDue(state, { key, lane, target: waiting } as Deadline, waiting.until);
}

function queueDue(state: State, entry: Deadline, at: number): void {
  state.due.push(at, entry);
  entry.key.own?.due.push(at, entry);
}

/** From when on the window is remembered: until the watermark has passed the retention (W8). */
export function queueForget(state: State, entry: Retention, retentionMs: number): void {
  const at = entry.target.closesAt + retentionMs;
  state.forget.push(at, entry);
  entry.key.own?.forget.push(at, entry);
}

/** What a deadline of the key was for is settled sooner. */
export function callOff(state: State, key: KeyState): void {
  state.due.callOff();
  key.own?.due.callOff();
}

/** What is open or waits, and when it falls due, in no order. */
export function* dueOf(key: KeyState): Generator<{ readonly at: number; readonly target: Window | Waiting }> {
  for (const { windows, waiting } of key.lanes.values()) {
    for (const target of windows) if (target.closed === undefined) yield { at: target.closesAt, target };
    for (const target of waiting) yield { at: target.until, target };
  }
}

/** Nothing is open, waiting or remembered. */
export function isEmpty(key: KeyState): boolean {
  return key.lanes.size === 0;
}

/** T2 over all keys. */
export function stateWakeAt(state: State): number | undefined {
  return state.due.nextAt;
}

/** Puts a key that holds nothing where it will be forgotten whole. */
export function queueIdle(state: State, key: KeyState, retentionMs: number): void {
  if (!isEmpty(key)) return;
  const idleAt = key.touched + retentionMs;
  if (key.queuedIdle !== undefined && key.queuedIdle <= idleAt) return;
  key.queuedIdle = idleAt;
  state.idle.push(idleAt, key);
}
