import { DeadlineQueue } from './deadlines.ts';
import type { Joined } from './join-rules.ts';
import { Lanes } from './lanes.ts';
import type { Positions } from './positions.ts';
import type { Suppressed } from './suppress.ts';
import { byteOrdered } from './text.ts';
import { NO_WATERMARK, type TimeOptions } from './time.ts';
import { type Lane, NEVER, type Waiting, type Window } from './window.ts';

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

/** A window as it stands in queues: till it closes, till it is forgotten, till a change of it may be told. */
export interface WindowEntry<V = unknown, S = unknown> extends Deadline<V, S> {
  readonly target: Window<S>;
}

/** What falls due, in the order of R1: by instant, windows before waiting records, start or timestamp, key, age. */
export interface Deadlines {
  readonly due: DeadlineQueue<Deadline>;
  readonly forget: DeadlineQueue<WindowEntry>;
}

/** All that is known of one key. */
export interface KeyState<V = unknown, S = unknown> extends Positions {
  readonly key: string;
  /** Orders it among the others: see `byteOrdered`. */
  readonly order: string;
  readonly counts: KeyCounts;
  /** Apart from these: windows that had closed before a record which other windows took (R3). */
  missed: number;
  /** Event ids taken over HTTP, each until an instant of the clock; these rise, whatever the clock does, up to `idsUntil`. Absent where there are none. */
  eventIds: Map<string, number> | undefined;
  idsUntil: number;
  readonly lanes: Lanes<V, S>;
  /** The greatest timestamp taken, for time scope `key`. */
  watermark: number;
  /** Its own part of the deadlines, for time scope `key`. */
  readonly own: (Deadlines & { suppressed?: DeadlineQueue<WindowEntry> }) | undefined;
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
  /** The greatest start, or end, that a window has had, for kinds that ask for it. */
  put: number;
  /** The changes that are held back, from the first one on. */
  suppressed: Suppressed | undefined;
  /** Of a join in `stream` mode, from its first record on. */
  joined: Joined | undefined;
  journal: Journal | undefined;
}

/** The state before the first input: no key, no watermark. A journal is told what is to be stored. */
export function createState<V, S>(journal?: Journal): State<V, S> {
  return {
    watermark: NO_WATERMARK,
    keys: new Map(),
    ...createDeadlines(),
    idle: new DeadlineQueue<KeyState>(
      (a, b) => a.order < b.order,
      (key, at) => key.queuedIdle !== at,
    ),
    put: NO_WATERMARK,
    suppressed: undefined,
    joined: undefined,
    journal,
  };
}

function createDeadlines(): Deadlines {
  return {
    due: new DeadlineQueue(comesBefore, isSettled),
    // Not of what has merged or begun again; or, where the key has a queue of its own, was forgotten by the other one.
    forget: new DeadlineQueue<WindowEntry>(undefined, ({ target }) => target.gone || target.forgotten || !target.closed),
  };
}

export function createKey<V, S>(key: string, { mode, scope }: Pick<TimeOptions, 'mode' | 'scope'>): KeyState<V, S> {
  return {
    key,
    order: byteOrdered(key),
    counts: { folded: 0, late: 0, rejected: 0, duplicate: 0 },
    missed: 0,
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

export function isWindow<V, S>(entry: Deadline<V, S>): entry is WindowEntry<V, S> {
  return 'closesAt' in entry.target;
}

function comesBefore(a: Deadline, b: Deadline): boolean {
  const isAWindow = isWindow(a);
  if (isAWindow !== isWindow(b)) return isAWindow;
  return (startOf(a) - startOf(b) || compareEntries(a, b)) < 0;
}

/** By key, then by age. */
export function compareEntries(a: Deadline, b: Deadline): number {
  return compareKeys(a.key, b.key) || a.target.ordinal - b.target.ordinal;
}

function compareKeys(a: KeyState, b: KeyState): number {
  return a.order < b.order ? -1 : a.order === b.order ? 0 : 1;
}

/** By key, end, start, age: the order of what is told later, as in Kafka Streams. */
export function isToldBefore(a: WindowEntry, b: WindowEntry): boolean {
  return (compareKeys(a.key, b.key) || a.target.end - b.target.end || a.target.start - b.target.start || a.target.ordinal - b.target.ordinal) < 0;
}

function startOf(entry: Deadline): number {
  return isWindow(entry) ? entry.target.start : (entry.target as Waiting).record.timestamp;
}

/** Also where its end has moved. */
function isSettled(entry: Deadline, at: number): boolean {
  if (!isWindow(entry)) return (entry.target as Waiting).settled;
  const { closed, gone, closesAt } = entry.target;
  return closed !== undefined || gone || closesAt !== at;
}

/** What is open, waits or is suppressed, and when it falls due, in no order. */
export function* dueOf(key: KeyState): Generator<{ readonly at: number; readonly what: 'window' | 'waiting' | 'change' }> {
  for (const { windows, waiting } of key.lanes.values()) {
    for (const { closed, closesAt, suppressed } of windows) {
      if (closed === undefined && closesAt !== NEVER) yield { at: closesAt, what: 'window' };
      if (suppressed !== undefined && suppressed !== NEVER) yield { at: suppressed, what: 'change' };
    }
    for (const { until } of waiting) yield { at: until, what: 'waiting' };
  }
}

/** Nothing is open, waiting or remembered. */
export function isEmpty(key: KeyState): boolean {
  return key.lanes.size === 0;
}

/** T2 over all keys. */
export function stateWakeAt({ due, suppressed }: State): number | undefined {
  const at = due.nextAt;
  const told = suppressed?.nextAt;
  return at === undefined || (told !== undefined && told < at) ? told : at;
}

/** Has what is known of all keys (the watermark first of all) stored, with whichever key there is. */
export function noteAnyKey(state: State): void {
  if (state.journal === undefined) return;
  for (const key of state.keys.values()) return state.journal.key(key);
}

/** Puts a key that holds nothing where it will be forgotten whole. */
export function queueIdle(state: State, key: KeyState, retentionMs: number): void {
  if (!isEmpty(key)) return;
  const idleAt = key.touched + retentionMs;
  if (key.queuedIdle !== undefined && key.queuedIdle <= idleAt) return;
  key.queuedIdle = idleAt;
  state.idle.push(idleAt, key);
}
