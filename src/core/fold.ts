import { added, type Context } from './context.ts';
import type { Definition } from './definition.ts';
import { dropRetractions, refuseSuppressed, tellChange } from './emit.ts';
import { OrielError } from './errors.ts';
import { takeOut } from './lanes.ts';
import { callOff, clearSuppressed, placeWindow, queueForget } from './place.ts';
import { type Plan, planFold } from './plan.ts';
import { byEventTime, type StreamRecord } from './record.ts';
import { refusal } from './refusal.ts';
import { sayOfRecord, sayOfWindow } from './say.ts';
import { addSource } from './sources.ts';
import type { KeyState, State, WindowEntry } from './state.ts';
import { type Bounds, type ClosedBy, firstAfter, type Lane, NEVER, type Waiting, type Window } from './window.ts';

/** Folds a record into an open window, and closes it where the state says so (W6). */
export function foldRecord<V, S, O>(
  context: Context<V, S, O>,
  key: KeyState<V, S>,
  lane: Lane<V, S>,
  window: Window<S>,
  record: StreamRecord<V>,
): void {
  if (context.definition.suppress !== undefined) refuseSuppressed(context, key, record, [{ window, bounds: window, folds: true }]);
  const planned = planFold(context, key.key, window, window.state ?? context.definition.reducer.init(), record);
  apply(context, key, lane, window, record, planned);
  context.state.journal?.window(key, window, 'put');
}

/**
 * Opens a window with its opener, folds in the waiting records it takes, in (timestamp, offset) order (W4), and gives back those that it left over because one
 * of them closed it. @throws before anything is changed, so that the opener is rejected alone.
 */
export function openWindow<V, S, O>(
  context: Context<V, S, O>,
  key: KeyState<V, S>,
  lane: Lane<V, S>,
  bounds: Bounds,
  opener: StreamRecord<V>,
): readonly Waiting<V>[] {
  refuseMore(context, key, 1);
  if (context.definition.suppress !== undefined) refuseSuppressed(context, key, opener, [{ bounds, folds: true }]);
  const planned = planFold(context, key.key, bounds, context.definition.reducer.init(), opener, 'fresh');
  const window = newWindow(context, key, lane, bounds, opener);
  apply(context, key, lane, window, opener, planned);
  const left = lane.waiting.length === 0 ? NOTHING : foldTaken(context, key, lane, window, bounds);
  context.state.journal?.window(key, window, 'put');
  return left;
}

const NOTHING: readonly never[] = [];

/** @throws OrielError `TOO_MANY_WINDOWS` where so many more than are open would be too many. */
export function refuseMore<V, S, O>({ definition }: Context<V, S, O>, key: KeyState<V, S>, more: number): void {
  if (key.open + more <= definition.bound.openWindows) return;
  throw new OrielError(
    'TOO_MANY_WINDOWS',
    `${key.open + more} windows of the key would be open; the rule is at most ${definition.bound.openWindows} (bound.openWindows). Make them shorter or fewer, or the bound greater.`,
  );
}

/** Opens a window that holds nothing yet. */
export function newWindow<V, S, O>(
  { definition, state }: Context<V, S, O>,
  key: KeyState<V, S>,
  lane: Lane<V, S>,
  bounds: Bounds,
  record: StreamRecord<V>,
  merges: readonly Window<S>[] = NOTHING,
): Window<S> {
  // One that starts where it did goes on with its results.
  const former = merges.length === 0 ? undefined : merges.find(({ start }) => start === bounds.start);
  // Of the records of a join, and of windows that never close and yet were closed, a former one may be forgotten by now.
  const isForgetful = bounds.closesAt === NEVER || definition.windows.joins !== undefined;
  const isAgain = isForgetful || startedBefore(lane, bounds, definition.windows.merges);
  const own = isAgain ? (record.source ?? (isForgetful ? { id: `#${key.nextOrdinal}` } : undefined)) : undefined;
  const opener = former === undefined ? own : former.opener;
  const window: Window<S> = {
    id: bounds.id,
    start: bounds.start,
    end: bounds.end,
    closesAt: bounds.closesAt,
    ordinal: key.nextOrdinal++,
    state: undefined,
    latest: undefined,
    firstSources: undefined,
    lastSource: undefined,
    folded: 0,
    revision: 0,
    opener,
    gap: false,
    closed: undefined,
    gone: false,
  };
  notePut(definition, state, bounds);
  placeWindow(state, key, lane, window, retentionOf(definition));
  return window;
}

/** Notes how far the starts, or ends, of windows have come, where what is remembered is measured by that. */
export function notePut<V, S, O>(definition: Definition<V, S, O>, state: State<V, S>, bounds: Bounds): void {
  const streamRetention = streamRetentionOf(definition);
  if (streamRetention !== undefined) state.put = Math.max(state.put, bounds[streamRetention]);
}

/** Whether results may have been told already of a window of this start: where windows merge, also of one that became part of another. */
function startedBefore<S>({ windows, longest }: Lane<unknown, S>, { start }: Bounds, merging: boolean): boolean {
  for (let i = firstAfter(windows, start) - 1; i >= 0; i--) {
    const window = windows[i] as Window<S>;
    if (window.start === start) return true;
    if (!merging || window.start + longest < start) return false;
    if (window.end >= start) return true;
  }
  return false;
}

/** The waiting records that the new window takes: those that are left over are given back. */
function foldTaken<V, S, O>(
  context: Context<V, S, O>,
  key: KeyState<V, S>,
  lane: Lane<V, S>,
  window: Window<S>,
  bounds: Bounds,
): readonly Waiting<V>[] {
  const taken = lane.waiting
    .filter((waiting) => context.definition.windows.takes?.(bounds, waiting))
    .sort((a, b) => byEventTime(a.record, b.record) || a.ordinal - b.ordinal);
  for (const waiting of taken) {
    release(context, key, lane, waiting);
    callOff(context.state, key);
  }
  let next = 0;
  for (; next < taken.length && window.closed === undefined; next++) foldWaiting(context, key, lane, window, taken[next] as Waiting<V>);
  return taken.slice(next);
}

function foldWaiting<V, S, O>(context: Context<V, S, O>, key: KeyState<V, S>, lane: Lane<V, S>, window: Window<S>, { record }: Waiting<V>): void {
  let planned: Plan<S, O>;
  try {
    planned = planFold(context, key.key, window, window.state ?? context.definition.reducer.init(), record);
  } catch (error) {
    context.rejected = added(context.rejected, { ...refusal(error), record });
    key.counts.rejected++;
    return;
  }
  apply(context, key, lane, window, record, planned);
  key.counts.folded++;
}

/** The record waits no longer. */
export function release<V, S, O>(context: Context<V, S, O>, key: KeyState<V, S>, lane: Lane<V, S>, waiting: Waiting<V>): void {
  waiting.settled = true;
  takeOut(lane.waiting, waiting);
  key.waiting--;
  context.state.journal?.waiting(key, waiting, 'delete');
}

/** Does what was planned: the window has taken the record. */
export function apply<V, S, O>(
  context: Context<V, S, O>,
  key: KeyState<V, S>,
  lane: Lane<V, S>,
  window: Window<S>,
  record: StreamRecord<V>,
  planned: Plan<S, O>,
): void {
  const { timestamp } = record;
  if (context.definition.windows.stamp === 'latest') {
    // One that is new, or was deleted, starts with this record.
    window.latest = window.state === undefined || window.latest === undefined ? timestamp : Math.max(window.latest, timestamp);
  }
  window.state = planned.after;
  addSource(window, record.source);
  if (planned.said !== undefined) sayOfRecord(context, key, planned.said, record, { window });
  settleChange(context, key, lane, window, planned, timestamp);
}

/** Tells that a window has changed, and closes it where its state says so. */
export function settleChange<V, S, O>(
  context: Context<V, S, O>,
  key: KeyState<V, S>,
  lane: Lane<V, S>,
  window: Window<S>,
  planned: Plan<S, O>,
  timestamp: number,
): void {
  const { definition, state } = context;
  // Mostly there is nothing to tell yet.
  if (planned.updated === undefined && definition.suppress === undefined && planned.closing === undefined) return;
  const entry = { key, lane, target: window };
  if (planned.updated !== undefined || definition.suppress !== undefined) tellChange(context, entry, planned.updated, timestamp);
  if (planned.closing === undefined) return;
  if (window.closesAt !== NEVER) callOff(state, key);
  markClosed(context, entry, 'condition', Math.max(window.start, timestamp));
  if (window.suppressed !== undefined) clearSuppressed(state, key, window);
  dropRetractions(context, entry);
  if (planned.closing.said !== undefined) sayOfWindow(context, key, window, planned.closing.said, true);
}

/** From open to remembered. */
export function markClosed<V, S, O>(context: Context<V, S, O>, entry: WindowEntry<V, S>, by: ClosedBy, freeFrom: number): void {
  entry.target.closed = { by, freeFrom };
  entry.key.open--;
  queueForget(context.state, entry as WindowEntry, retentionOf(context.definition));
}

/** What the time of Kafka Streams' stores is measured by, where windows are remembered by that. */
export function streamRetentionOf({ windows, time }: Pick<Definition, 'windows' | 'time'>): 'start' | 'end' | undefined {
  return time.mode === 'stream' && time.scope === 'partition' ? windows.streamRetention : undefined;
}

/** How long a closed window is remembered: of the kinds of Kafka Streams in `stream` mode just as long as was said, since that is part of the results. */
export function retentionOf({ retentionMs, time, windows }: Pick<Definition, 'retentionMs' | 'time' | 'windows'>): number {
  // Nothing is looked for among the closed windows of a join, but in `stream` mode.
  if (windows.joins !== undefined && time.mode !== 'stream') return 0;
  return time.mode === 'stream' && windows.joins === undefined ? retentionMs : Math.max(retentionMs, windows.leastRetentionMs ?? 0);
}
