import type { Definition } from './definition.ts';
import { OrielError } from './errors.ts';
import { retentionOf } from './fold.ts';
import { joinedOf } from './join-stream.ts';
import { createLane } from './lanes.ts';
import { placeWaiting, placeWindow } from './place.ts';
import { positionsOf, setPosition } from './positions.ts';
import type { Source, StreamRecord } from './record.ts';
import { restoredSources, type StoredSources, storedSources } from './sources.ts';
import { createKey, createState, type Journal, type KeyCounts, type KeyState, queueIdle, type State, type WindowEntry } from './state.ts';
import { suppressedOf } from './suppressed.ts';
import { NO_WATERMARK } from './time.ts';
import type { Bounds, Closing, Lane, Waiting, Window } from './window.ts';

/** The version of the rows below. A change of their shape is a new version, and a branch in `restoreKey` for the old one (D9). */
export const ROWS_VERSION = 1;

/**
 * The state of one key as rows of plain JSON data (D10): `key`, then one row a window (`w` and its ordinal), a waiting record (`q` and its ordinal),
 * an event id taken over HTTP (`i` and the id).
 */
export type Rows = Map<string, unknown>;

interface KeyRow {
  readonly version: number;
  /** The topology's own version: the shape of its states. */
  readonly topology: number;
  readonly counts: KeyCounts;
  readonly missed?: number;
  readonly positions: readonly (readonly [string, string])[];
  /** The key's own watermark, and the one that was in force over all keys at the last change. */
  readonly watermark: number | null;
  readonly claimed: number | null;
  /** `State.put`, as `claimed`. */
  readonly put?: number;
  /** `State.joined`, of the last change. */
  readonly join?: JoinMarks;
  readonly nextOrdinal: number;
  readonly touched: number;
}

export function keyRow(definition: Pick<Definition, 'version'>, state: State, key: KeyState): KeyRow {
  return {
    version: ROWS_VERSION,
    topology: definition.version,
    counts: { ...key.counts },
    ...(key.missed === 0 ? {} : { missed: key.missed }),
    positions: positionsOf(key),
    watermark: finite(key.watermark),
    claimed: finite(state.watermark),
    ...(Number.isFinite(state.put) ? { put: state.put } : {}),
    ...joinMarks(state),
    nextOrdinal: key.nextOrdinal,
    touched: key.touched,
  };
}

/** The greatest timestamp of each side, the least that is pending, and how many records had been joined by then: the greatest number is the last word. */
type JoinMarks = readonly [left: number | null, right: number | null, least: number, joined: number];

function joinMarks({ joined }: State): { join?: JoinMarks } {
  if (!joined?.count) return {};
  const { put, least, count } = joined;
  return { join: [finite(put.left), finite(put.right), least, count] };
}

function recallJoin(state: State, [left, right, least, count]: JoinMarks): void {
  const joined = joinedOf(state);
  if (count < joined.count) return;
  Object.assign(joined, { least, count });
  Object.assign(joined.put, { left: left ?? NO_WATERMARK, right: right ?? NO_WATERMARK });
}

/** A window as it is stored. What does not hold for it is left out. */
interface WindowRow<S = unknown> extends Bounds {
  readonly ordinal: number;
  readonly state?: S;
  readonly sources: StoredSources;
  readonly revision: number;
  readonly opener?: Source;
  readonly gap?: true;
  readonly closed?: Closing;
  readonly latest?: number;
  readonly suppressed?: number;
  readonly retraction?: string;
  readonly unmatched?: number;
  readonly forgotten?: true;
}

/** In the order of its properties too it is what is stored (D9), to the letter. */
export function windowRow(window: Window): [string, WindowRow] {
  const { id, start, end, closesAt, ordinal, state, revision, opener, gap, closed, latest, suppressed, retraction, unmatched, forgotten } = window;
  const row: WindowRow = {
    id,
    start,
    end,
    closesAt,
    ordinal,
    ...(state === undefined ? {} : { state }),
    sources: storedSources(window),
    revision,
    ...(opener === undefined ? {} : { opener }),
    ...(gap ? { gap } : {}),
    ...(closed === undefined ? {} : { closed }),
    ...(latest === undefined ? {} : { latest }),
    ...(suppressed === undefined ? {} : { suppressed }),
    ...(retraction === undefined ? {} : { retraction }),
    ...(unmatched === undefined ? {} : { unmatched }),
    ...(forgotten ? { forgotten } : {}),
  };
  return [`w${ordinal}`, row];
}

function restoredWindow<S>(row: WindowRow<S>, state: S | undefined): Window<S> {
  const {
    id,
    start,
    end,
    closesAt,
    ordinal,
    sources,
    revision,
    opener,
    gap = false,
    closed,
    latest,
    suppressed,
    retraction,
    unmatched,
    forgotten,
  } = row;
  const { firstSources, lastSource, folded } = restoredSources(sources);
  const window: Window<S> = {
    id,
    start,
    end,
    closesAt,
    ordinal,
    state,
    latest,
    firstSources,
    lastSource,
    folded,
    revision,
    opener,
    gap,
    closed,
    gone: false,
  };
  if (suppressed !== undefined) window.suppressed = suppressed;
  if (retraction !== undefined) window.retraction = retraction;
  if (unmatched !== undefined) window.unmatched = unmatched;
  if (forgotten) window.forgotten = true;
  return window;
}

export function waitingRow(waiting: Waiting): [string, unknown] {
  return [`q${waiting.ordinal}`, { ordinal: waiting.ordinal, record: waiting.record, until: waiting.until, since: finite(waiting.since) }];
}

export function eventIdRow(id: string, until: number): [string, unknown] {
  return [`i${id}`, until];
}

/**
 * Puts a key back from its rows. A window or a waiting record goes on exactly where it was (R6). What has migrated is to be stored with the next change, all of it, since
 * the version stands with the key.
 * @throws OrielError `STATE_VERSION` where the rows are of a version this code does not know.
 */
export function restoreKey<V, S>(definition: Definition<V, S>, state: State<V, S>, name: string, rows: Rows): void {
  const row = rows.get('key') as KeyRow | undefined;
  if (row?.version !== ROWS_VERSION) {
    throw new OrielError(
      'STATE_VERSION',
      `The stored state of ${JSON.stringify(name)} has version ${row?.version}; this code knows ${ROWS_VERSION}. Deploy the release that wrote it, or a later one.`,
    );
  }
  const key = createKey<V, S>(name, definition.time);
  Object.assign(key.counts, row.counts);
  key.missed = row.missed ?? 0;
  for (const [log, offset] of row.positions) setPosition(key, log, offset);
  key.watermark = row.watermark ?? NO_WATERMARK;
  key.nextOrdinal = row.nextOrdinal;
  key.touched = row.touched;
  state.watermark = Math.max(state.watermark, row.claimed ?? NO_WATERMARK);
  state.put = Math.max(state.put, row.put ?? NO_WATERMARK);
  if (row.join !== undefined) recallJoin(state, row.join);
  for (const [id, until] of ids(rows)) {
    key.eventIds ??= new Map();
    key.eventIds.set(id, until);
    key.idsUntil = until;
  }
  const migrates = row.topology !== definition.version;
  for (const stored of inOrder<WindowRow<S>>(rows, 'w')) {
    const window = restoredWindow(stored, stored.state === undefined ? undefined : migrated(definition, stored.state, row.topology));
    const entry = { key, lane: laneOf(key, window.id), target: window } as WindowEntry;
    placeWindow(state, entry as WindowEntry<V, S>, retentionOf(definition));
    if (window.suppressed !== undefined) suppressedOf(state).restore(entry, window.suppressed);
    if (window.unmatched !== undefined) joinedOf(state).unmatched.push(window.unmatched, entry);
    if (migrates) state.journal?.window(key, window, 'put');
  }
  if (migrates) state.journal?.key(key);
  for (const stored of inOrder<Waiting<V> & { since: number | null }>(rows, 'q')) {
    const waiting: Waiting<V> = { ...stored, since: stored.since ?? NO_WATERMARK, settled: false };
    placeWaiting(state, key, laneOf(key, definition.windows.laneOf(waiting.record as StreamRecord<V>)), waiting);
  }
  state.keys.set(name, key);
  queueIdle(state, key, definition.retentionMs);
}

function laneOf<V, S>(key: KeyState<V, S>, id: string): Lane<V, S> {
  return key.lanes.get(id) ?? createLane(id);
}

function migrated<S>(definition: Definition<unknown, S>, state: S, from: number): S {
  if (from === definition.version) return state;
  if (definition.migrate !== undefined && from < definition.version) return definition.migrate(state, from);
  throw new OrielError(
    'STATE_VERSION',
    `A stored window is of version ${from} of topology ${definition.name}; this code has version ${definition.version} and no way from there. Give the topology a migrate(state, from).`,
  );
}

function inOrder<Row extends { ordinal: number }>(rows: Rows, prefix: string): Row[] {
  return [...rows]
    .filter(([name]) => name.startsWith(prefix))
    .map(([, row]) => row as Row)
    .sort((a, b) => a.ordinal - b.ordinal);
}

function ids(rows: Rows): [string, number][] {
  const found = [...rows].filter(([name]) => name.startsWith('i')).map(([name, until]): [string, number] => [name.slice(1), until as number]);
  return found.sort((a, b) => a[1] - b[1]);
}

function finite(watermark: number): number | null {
  return Number.isFinite(watermark) ? watermark : null;
}

/** A whole state as plain JSON data. */
export interface Snapshot {
  readonly version: number;
  readonly watermark: number | null;
  readonly keys: Record<string, Record<string, unknown>>;
}

/** Copies a state, so that `restore` gives one that goes on identically (R6). */
export function snapshot(definition: Pick<Definition, 'version'>, state: State): Snapshot {
  const keys = Object.create(null) as Record<string, Record<string, unknown>>;
  for (const key of state.keys.values()) {
    const rows: [string, unknown][] = [['key', keyRow(definition, state, key)]];
    for (const lane of key.lanes.values()) {
      rows.push(...lane.windows.map(windowRow), ...lane.waiting.map(waitingRow));
    }
    for (const [id, until] of key.eventIds ?? []) rows.push(eventIdRow(id, until));
    keys[key.key] = Object.fromEntries(rows);
  }
  return copyOf({ version: ROWS_VERSION, watermark: finite(state.watermark), keys });
}

/** The state that a snapshot was taken of: it goes on identically (R6). @throws OrielError `STATE_VERSION` for a snapshot of another version. */
export function restore<V, S>(definition: Definition<V, S>, from: Snapshot, journal?: Journal): State<V, S> {
  const state = createState<V, S>(journal);
  state.watermark = from.watermark ?? NO_WATERMARK;
  const { keys } = copyOf(from);
  for (const name of Object.keys(keys)) restoreKey(definition, state, name, new Map(Object.entries(keys[name] as Record<string, unknown>)));
  return state;
}

function copyOf<T>(data: T): T {
  return JSON.parse(JSON.stringify(data)) as T;
}
