import type { Context } from './context.ts';
import type { Definition } from './definition.ts';
import { OrielError } from './errors.ts';
import { takeOut } from './lanes.ts';
import { callOffDue, clearPending, placeWindow, queueForget } from './place.ts';
import { type Plan, planFold } from './plan.ts';
import { byEventTime, type StreamRecord } from './record.ts';
import { refuse } from './refusal.ts';
import { sayOfRecord, sayOfWindow } from './say.ts';
import { addSource } from './sources.ts';
import type { KeyState, WindowEntry } from './state.ts';
import { type Bounds, type ClosedBy, firstAfter, type Lane, NEVER, type Waiting, type Window } from './window.ts';

/** Folds a record into an open window, and closes it where the state says so (W6). */
export function foldRecord<V, S, O>(context: Context<V, S, O>, entry: WindowEntry<V, S>, record: StreamRecord<V>): void {
  const { key, target: window } = entry;
  context.suppressed?.refuse(context, key, record, [{ window, bounds: window, folds: true }]);
  apply(context, entry, record, planFold(context, key.key, window, window.state ?? context.definition.reducer.init(), record));
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
  context.suppressed?.refuse(context, key, opener, [{ bounds, folds: true }]);
  const plan = planFold(context, key.key, bounds, context.definition.reducer.init(), opener, 'fresh');
  const entry = newWindow(context, key, lane, bounds, opener);
  apply(context, entry, opener, plan);
  return lane.waiting.length === 0 ? [] : foldTaken(context, entry, bounds);
}

/** @throws OrielError `TOO_MANY_WINDOWS` where so many more than are open would be too many. */
export function refuseMore<V, S, O>({ definition }: Context<V, S, O>, key: KeyState<V, S>, more: number): void {
  const most = definition.bound.openWindows;
  if (key.open + more <= most) return;
  throw new OrielError(
    'TOO_MANY_WINDOWS',
    `${key.open + more} windows of the key would be open; the rule is at most ${most} (bound.openWindows). Make them shorter or fewer, or the bound greater.`,
  );
}

/** Opens a window that holds nothing yet; `former`: one that starts where it does, and with whose results it goes on. */
export function newWindow<V, S, O>(
  context: Context<V, S, O>,
  key: KeyState<V, S>,
  lane: Lane<V, S>,
  bounds: Bounds,
  record: StreamRecord<V>,
  former?: Window<S>,
): WindowEntry<V, S> {
  const { windows } = context.definition;
  const { id, start, end, closesAt } = bounds;
  // Of the records of a join, and of windows that never close and yet were closed, a former one may be forgotten by now.
  const isForgetful = closesAt === NEVER || windows.joins;
  const isAgain = isForgetful || startedBefore(lane, start, windows.merges);
  const own = isAgain ? (record.source ?? (isForgetful ? { id: `#${key.nextOrdinal}` } : undefined)) : undefined;
  const window: Window<S> = {
    id,
    start,
    end,
    closesAt,
    ordinal: key.nextOrdinal++,
    state: undefined,
    latest: undefined,
    firstSources: undefined,
    lastSource: undefined,
    folded: 0,
    revision: 0,
    opener: former ? former.opener : own,
    gap: false,
    closed: undefined,
    gone: false,
  };
  windows.bounded?.(context, bounds);
  const entry = { key, lane, target: window };
  placeWindow(context.state, entry, 0);
  return entry;
}

/** Whether results may have been told already of a window of this start: where windows merge, also of one that became part of another. */
function startedBefore({ windows, longest }: Lane, start: number, merging: boolean): boolean {
  for (let i = firstAfter(windows, start) - 1; i >= 0; i--) {
    const window = windows[i] as Window;
    if (window.start === start) return true;
    if (!merging || window.start + longest < start) return false;
    if (window.end >= start) return true;
  }
  return false;
}

/** The waiting records that the new window takes: those that are left over are given back. */
function foldTaken<V, S, O>(context: Context<V, S, O>, entry: WindowEntry<V, S>, bounds: Bounds): readonly Waiting<V>[] {
  const { definition, state } = context;
  const { key, lane, target: window } = entry;
  const taken = lane.waiting
    .filter((waiting) => definition.windows.takes?.(bounds, waiting))
    .sort((a, b) => byEventTime(a.record, b.record) || a.ordinal - b.ordinal);
  for (const waiting of taken) {
    release(context, key, lane, waiting);
    callOffDue(state, key);
  }
  return taken.filter(({ record }) => {
    if (window.closed) return true;
    try {
      apply(context, entry, record, planFold(context, key.key, window, window.state ?? definition.reducer.init(), record));
      key.counts.folded++;
    } catch (error) {
      refuse(context, error, { record });
      key.counts.rejected++;
    }
    return false;
  });
}

/** The record waits no longer. */
export function release<V, S, O>({ state }: Context<V, S, O>, key: KeyState<V, S>, lane: Lane<V, S>, waiting: Waiting<V>): void {
  waiting.settled = true;
  takeOut(lane.waiting, waiting);
  key.waiting--;
  state.journal?.waiting(key, waiting, 'delete');
}

/** Does what was planned: the window has taken the record. */
export function apply<V, S, O>(context: Context<V, S, O>, entry: WindowEntry<V, S>, record: StreamRecord<V>, plan: Plan<S, O>): void {
  const { timestamp } = record;
  const { key, target: window } = entry;
  if (context.definition.windows.stamp === 'latest') {
    // One that is new, or was deleted, starts with this record.
    window.latest = Math.max(timestamp, window.state === undefined ? timestamp : (window.latest ?? timestamp));
  }
  window.state = plan.after;
  addSource(window, record.source);
  if (plan.said) sayOfRecord(context, key, plan.said, record, { window });
  settleChange(context, entry, plan, timestamp);
}

/** Tells that a window has changed, and closes it where its state says so. */
export function settleChange<V, S, O>(
  context: Context<V, S, O>,
  entry: WindowEntry<V, S>,
  { updated, closing }: Plan<S, O>,
  timestamp: number,
): void {
  const { state, suppressed } = context;
  const { key, target: window } = entry;
  state.journal?.window(key, window, 'put');
  if (suppressed) suppressed.change(context, entry, updated, timestamp);
  else if (updated) sayOfWindow(context, key, window, updated, false);
  if (!closing) return;
  if (window.closesAt !== NEVER) callOffDue(state, key);
  markClosed(context, entry, 'condition', Math.max(window.start, timestamp));
  lastWord(context, entry);
  if (closing.said) sayOfWindow(context, key, window, closing.said, true);
}

/** From open to remembered. */
export function markClosed<V, S, O>({ definition, state }: Context<V, S, O>, entry: WindowEntry<V, S>, by: ClosedBy, freeFrom: number): void {
  entry.target.closed = { by, freeFrom };
  entry.key.open--;
  queueForget(state, entry, retentionOf(definition));
}

/** The final result is told now: nothing of the window is told any more. */
export function lastWord<V, S, O>(context: Context<V, S, O>, entry: WindowEntry<V, S>): void {
  clearPending(context.state, entry.key, entry.target);
  context.state.suppressed?.close(context, entry);
}

/** How long a closed window is remembered. */
export function retentionOf(definition: Pick<Definition, 'retentionMs' | 'time' | 'windows'>): number {
  return definition.windows.retentionMs?.(definition) ?? definition.retentionMs;
}
