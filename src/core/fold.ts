import { added, type Context } from './context.ts';
import type { Saying } from './definition.ts';
import { messageOf, OrielError, type RejectCode } from './errors.ts';
import { takeOut } from './lanes.ts';
import { byEventTime, type StreamRecord } from './record.ts';
import { sayOfRecord, sayOfWindow } from './say.ts';
import { fits } from './size.ts';
import { addSource } from './sources.ts';
import { callOff, type KeyState, placeWindow, queueForget, type Retention } from './state.ts';
import { type Bounds, type ClosedBy, firstAfter, type Lane, type Waiting, type Window } from './window.ts';

/** What folding a record will do, worked out before anything is changed (R7). */
interface Plan<S, O> {
  readonly before: S;
  readonly after: S;
  readonly said: Saying<O> | undefined;
  readonly updated: Saying<O> | undefined;
  readonly closing: { readonly said: Saying<O> | undefined } | undefined;
}

/** Calls every user function that the record concerns; a state not stored before (`fresh`) is checked, also where it stays the same. @throws whatever they throw, `STATE_TOO_LARGE`. */
function plan<V, S, O>(context: Context<V, S, O>, key: string, bounds: Bounds, before: S, record: StreamRecord<V>, fresh?: 'fresh'): Plan<S, O> {
  const { reducer, outcomes, emit, bound } = context.definition;
  const after = reducer.add(before, record);
  if ((after !== before || fresh) && !fits(after, bound.stateBytes)) {
    throw new OrielError('STATE_TOO_LARGE', `The window's state would be over ${bound.stateBytes} bytes as JSON; keep less in it.`);
  }
  return {
    before,
    after,
    said: outcomes.folded?.({ record, before, after, bounds }),
    updated: emit === 'update' ? outcomes.updated?.({ key, state: after, bounds }) : undefined,
    closing: reducer.closeWhen?.(after) ? { said: outcomes.closed?.({ key, state: after, bounds, by: 'condition' }) } : undefined,
  };
}

/** Folds a record into an open window, and closes it where the state says so (W6). */
export function foldRecord<V, S, O>(
  context: Context<V, S, O>,
  key: KeyState<V, S>,
  lane: Lane<V, S>,
  window: Window<S>,
  record: StreamRecord<V>,
): void {
  const planned = plan(context, key.key, window, window.state, record);
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
  const { definition, state } = context;
  if (key.open >= definition.bound.openWindows) {
    throw new OrielError('TOO_MANY_WINDOWS', `${key.open} windows of the key are open; the rule is at most ${definition.bound.openWindows}.`);
  }
  const planned = plan(context, key.key, bounds, definition.reducer.init(), opener, 'fresh');
  const again = lane.windows[firstAfter(lane.windows, bounds.start) - 1]?.start === bounds.start;
  const window: Window<S> = {
    id: bounds.id,
    start: bounds.start,
    end: bounds.end,
    closesAt: bounds.closesAt,
    ordinal: key.nextOrdinal++,
    state: planned.before,
    firstSources: undefined,
    lastSource: undefined,
    folded: 0,
    revision: 0,
    opener: again ? opener.source : undefined,
    gap: false,
    closed: undefined,
  };
  placeWindow(state, key, lane, window, definition.retentionMs);
  apply(context, key, lane, window, opener, planned);
  const left = lane.waiting.length === 0 ? NOTHING : foldTaken(context, key, lane, window, bounds);
  state.journal?.window(key, window, 'put');
  return left;
}

const NOTHING: readonly never[] = [];

/** The waiting records that the new window takes: those that are left over are given back. */
function foldTaken<V, S, O>(
  context: Context<V, S, O>,
  key: KeyState<V, S>,
  lane: Lane<V, S>,
  window: Window<S>,
  bounds: Bounds,
): readonly Waiting<V>[] {
  const taken = lane.waiting
    .filter((waiting) => context.definition.windows.takes(bounds, waiting))
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
    planned = plan(context, key.key, window, window.state, record);
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

function apply<V, S, O>(
  context: Context<V, S, O>,
  key: KeyState<V, S>,
  lane: Lane<V, S>,
  window: Window<S>,
  record: StreamRecord<V>,
  planned: Plan<S, O>,
): void {
  window.state = planned.after;
  addSource(window, record.source);
  if (planned.said !== undefined) sayOfRecord(context, key, planned.said, record, { window });
  if (planned.updated !== undefined) sayOfWindow(context, key, window, planned.updated, false);
  if (planned.closing !== undefined) {
    callOff(context.state, key);
    markClosed(context, { key, lane, target: window }, 'condition', Math.max(window.start, record.timestamp));
    if (planned.closing.said !== undefined) sayOfWindow(context, key, window, planned.closing.said, true);
  }
}

/** From open to remembered. */
export function markClosed<V, S, O>(context: Context<V, S, O>, entry: Retention<V, S>, by: ClosedBy, freeFrom: number): void {
  entry.target.closed = { by, freeFrom };
  entry.key.open--;
  queueForget(context.state, entry as Retention, context.definition.retentionMs);
}

/** R7: the codes that the engine itself throws on a record go out as they are; whatever else was thrown is the topology's. */
export function refusal(error: unknown): { code: RejectCode; message: string } {
  const own = error instanceof OrielError && OWN_CODES.has(error.code);
  return { code: own ? (error.code as RejectCode) : 'TOPOLOGY', message: messageOf(error) };
}

const OWN_CODES: ReadonlySet<string> = new Set<RejectCode>(['STATE_TOO_LARGE', 'TOO_MANY_WAITING', 'TOO_MANY_WINDOWS']);
