import { DeadlineQueue, type Due } from './deadlines.ts';
import { compareText } from './text.ts';
import { NO_WATERMARK } from './time.ts';
import type { Lane, Waiting, Window } from './window.ts';

/** How the records of a key ended (R3): with those that wait they add up to all that came. */
export interface KeyCounts {
  folded: number;
  late: number;
  rejected: number;
  duplicate: number;
}

/** The last offset taken of a log (`logOf`): at or below it is a duplicate (R5). */
export interface Position {
  readonly log: string;
  offset: string;
}

/** A window's closing or a waiting record's end: at one instant windows first, then by start or timestamp, then by age. */
export interface KeyDue extends Due {
  readonly target: Window | Waiting;
}

/** The end of a closed window's retention. */
export interface KeyForget extends Due {
  readonly lane: Lane;
  readonly window: Window;
}

/** A key's place in a queue over keys. */
export interface KeyEntry extends Due {
  readonly key: KeyState;
}

/** All that is known of one key. */
export interface KeyState<V = unknown, S = unknown> {
  readonly key: string;
  readonly counts: KeyCounts;
  /** Of each log it has taken records of; few, mostly one. */
  positions: readonly Position[];
  /** Event ids taken over HTTP, each until an instant of the clock; these rise, whatever the clock does, up to `idsUntil`. Absent where there are none. */
  eventIds: Map<string, number> | undefined;
  idsUntil: number;
  readonly lanes: Map<string, Lane<V, S>>;
  /** The greatest timestamp taken, for time scope `key`. */
  watermark: number;
  nextOrdinal: number;
  open: number;
  waiting: number;
  /** The clock at the last change. */
  touched: number;
  readonly due: DeadlineQueue<KeyDue>;
  /** Its remembered windows, by the end of their retention. */
  readonly forget: DeadlineQueue<KeyForget>;
  /** What it holds, and so its place in the queues over keys, may have changed since `requeue`. */
  moved: boolean;
  /** Where the key stands in the queues over keys. */
  queuedDue: number | undefined;
  queuedForget: number | undefined;
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
export interface State<V = unknown, S = unknown> {
  watermark: number;
  readonly keys: Map<string, KeyState<V, S>>;
  readonly due: DeadlineQueue<KeyEntry>;
  readonly forget: DeadlineQueue<KeyEntry>;
  /** Keys that hold nothing, by the instant of the clock at which they are forgotten whole. */
  readonly idle: DeadlineQueue<KeyEntry>;
  journal: Journal | undefined;
}

export function createState<V, S>(journal?: Journal): State<V, S> {
  const before = (a: KeyEntry, b: KeyEntry): boolean => a.at < b.at || (a.at === b.at && compareText(a.key.key, b.key.key) < 0);
  return {
    watermark: NO_WATERMARK,
    keys: new Map(),
    due: new DeadlineQueue(before, (entry) => entry.key.queuedDue !== entry.at),
    forget: new DeadlineQueue(before, (entry) => entry.key.queuedForget !== entry.at),
    idle: new DeadlineQueue(before, (entry) => entry.key.queuedIdle !== entry.at),
    journal,
  };
}

export function createKey<V, S>(key: string): KeyState<V, S> {
  return {
    key,
    counts: { folded: 0, late: 0, rejected: 0, duplicate: 0 },
    positions: [],
    eventIds: undefined,
    idsUntil: 0,
    lanes: new Map(),
    watermark: NO_WATERMARK,
    nextOrdinal: 0,
    open: 0,
    waiting: 0,
    touched: 0,
    due: new DeadlineQueue(dueBefore, isSettled),
    forget: new DeadlineQueue<KeyForget>(sooner, never),
    moved: true,
    queuedDue: undefined,
    queuedForget: undefined,
    queuedIdle: undefined,
  };
}

export function createLane<V, S>(id: string): Lane<V, S> {
  return { id, windows: [], waiting: [], longest: 0 };
}

export function isWindow<V, S>(target: Window<S> | Waiting<V>): target is Window<S> {
  return 'closesAt' in target;
}

function dueBefore(a: KeyDue, b: KeyDue): boolean {
  if (a.at !== b.at) return a.at < b.at;
  const [aWindow, bWindow] = [isWindow(a.target), isWindow(b.target)];
  if (aWindow !== bWindow) return aWindow;
  const order = instantOf(a.target) - instantOf(b.target);
  return order < 0 || (order === 0 && a.target.ordinal < b.target.ordinal);
}

function isSettled({ target }: KeyDue): boolean {
  return isWindow(target) ? target.closed !== undefined : target.settled === true;
}

function sooner(a: Due, b: Due): boolean {
  return a.at < b.at;
}

function never(): boolean {
  return false;
}

function instantOf(target: Window | Waiting): number {
  return isWindow(target) ? target.start : target.record.timestamp;
}

/** The lane of an id, made where there is none. */
export function laneOf<V, S>(key: KeyState<V, S>, id: string): Lane<V, S> {
  let lane = key.lanes.get(id);
  if (lane === undefined) {
    lane = createLane(id);
    key.lanes.set(id, lane);
  }
  return lane;
}

/** Puts a window where it belongs in its lane, by (start, ordinal), and into the queue of what it is due for. */
export function placeWindow<V, S>(key: KeyState<V, S>, lane: Lane<V, S>, window: Window<S>, retentionMs: number): void {
  let at = lane.windows.length;
  while (at > 0 && comesBefore(window, lane.windows[at - 1] as Window<S>)) at--;
  // An array that grows from nothing takes room for seventeen at once, and most lanes hold one.
  if (lane.windows.length === 0) lane.windows = [window];
  else lane.windows.splice(at, 0, window);
  key.moved = true;
  lane.longest = Math.max(lane.longest, window.end - window.start);
  if (window.closed === undefined) {
    key.open++;
    key.due.push({ at: window.closesAt, target: window });
  } else {
    key.forget.push({ at: window.closesAt + retentionMs, lane, window });
  }
}

function comesBefore(a: Window, b: Window): boolean {
  return a.start < b.start || (a.start === b.start && a.ordinal < b.ordinal);
}

export function placeWaiting<V, S>(key: KeyState<V, S>, lane: Lane<V, S>, waiting: Waiting<V>): void {
  lane.waiting.push(waiting);
  key.waiting++;
  key.moved = true;
  key.due.push({ at: waiting.until, target: waiting });
}

/** T2: the least instant at which something of the key falls due. */
export function keyWakeAt(key: KeyState): number | undefined {
  return key.due.peek()?.at;
}

/** Nothing is open, waiting or remembered. */
export function isEmpty(key: KeyState): boolean {
  return key.lanes.size === 0;
}

/** T2 over all keys. An entry that stands too early is put where it belongs. */
export function stateWakeAt(state: State): number | undefined {
  for (let top = state.due.peek(); top !== undefined; top = state.due.peek()) {
    if (keyWakeAt(top.key) === top.at) return top.at;
    top.key.queuedDue = undefined;
    requeueDue(state, top.key);
  }
  return undefined;
}

/** Brings the key's place in the queues over keys up to date. */
export function requeue(state: State, key: KeyState, retentionMs: number): void {
  if (!key.moved && !isEmpty(key)) return;
  key.moved = false;
  requeueDue(state, key);
  const forgetAt = key.forget.peek()?.at;
  if (forgetAt !== undefined && (key.queuedForget === undefined || forgetAt < key.queuedForget)) {
    key.queuedForget = forgetAt;
    state.forget.push({ at: forgetAt, key });
  }
  const idleAt = key.touched + retentionMs;
  if (isEmpty(key) && (key.queuedIdle === undefined || idleAt < key.queuedIdle)) {
    key.queuedIdle = idleAt;
    state.idle.push({ at: idleAt, key });
  }
}

/** An entry that stands too early goes where the key belongs. */
export function requeueDue(state: State, key: KeyState): void {
  const wakeAt = keyWakeAt(key);
  if (wakeAt === undefined || (key.queuedDue !== undefined && key.queuedDue <= wakeAt)) return;
  key.queuedDue = wakeAt;
  state.due.push({ at: wakeAt, key });
}
