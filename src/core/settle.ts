import { added, type Context, touch } from './context.ts';
import { dropRetractions, letGo, sayClosing, suppressionOf } from './emit.ts';
import { markClosed, release, streamRetentionOf } from './fold.ts';
import { isBare } from './lanes.ts';
import { planLate } from './late.ts';
import { callOff, clearSuppressed, clearUnmatched, takeWindowOut } from './place.ts';
import { refusal } from './refusal.ts';
import {
  compareKeys,
  type Deadline,
  type Deadlines,
  isEmpty,
  isWindow,
  type KeyState,
  noteAnyKey,
  queueIdle,
  type State,
  type WindowEntry,
} from './state.ts';
import type { ClosedBy, Waiting } from './window.ts';

/** Settles whatever is due at the watermark (T1), over all keys in the order of R1, and forgets what is past retention (W8). */
export function settle<V, S, O>(context: Context<V, S, O>): void {
  const { state, watermark } = context;
  if (state.suppressedCount > 0) settleSuppressed(context);
  for (let next = state.due.pop(watermark); next !== undefined; next = state.due.pop(watermark)) {
    next.key.own?.due.callOff();
    settleOne(context, next as Deadline<V, S>);
    touch(context, next.key as KeyState<V, S>);
  }
  const upTo = forgetsUpTo(context);
  for (let next = state.forget.pop(upTo); next !== undefined; next = state.forget.pop(upTo)) {
    next.key.own?.forget.callOff();
    forget(context, next as WindowEntry<V, S>);
    state.journal?.key(next.key);
    queueIdle(state, next.key, context.definition.retentionMs);
  }
}

/** How far time has come for the windows that are remembered. */
function forgetsUpTo<V, S, O>({ definition, state, mode, watermark }: Context<V, S, O>): number {
  if (mode !== 'stream') return watermark;
  if (definition.windows.joins !== undefined) return Math.min(state.joinPut.left, state.joinPut.right);
  return streamRetentionOf(definition) === undefined ? watermark : state.put;
}

/** Where changes are suppressed: those go first that are due before the next closing, which has the last word on its window. */
function settleSuppressed<V, S, O>(context: Context<V, S, O>): void {
  const { state, watermark, definition } = context;
  // In `stream` mode they go when a record has changed something, or a claim has come: see `step`.
  if (definition.time.mode === 'stream') return;
  for (let next = state.due.nextAt; next !== undefined && next <= watermark && state.suppressedCount > 0; next = state.due.nextAt) {
    letGo(context, next - 1);
    const entry = state.due.pop(next) as Deadline<V, S>;
    entry.key.own?.due.callOff();
    settleOne(context, entry);
    touch(context, entry.key);
  }
  letGo(context, watermark);
}

/** The same for one key, whose watermark may be ahead of the others' (T4, scope `key`). */
export function settleOwn<V, S, O>(context: Context<V, S, O>, { due, forget: remembered }: Deadlines): void {
  const { state, watermark } = context;
  for (let next = due.pop(watermark); next !== undefined; next = due.pop(watermark)) {
    state.due.callOff();
    settleOne(context, next as Deadline<V, S>);
  }
  for (let next = remembered.pop(watermark); next !== undefined; next = remembered.pop(watermark)) {
    state.forget.callOff();
    forget(context, next as WindowEntry<V, S>);
  }
}

function settleOne<V, S, O>(context: Context<V, S, O>, entry: Deadline<V, S>): void {
  if (isWindowEntry(entry)) close(context, entry, 'watermark');
  else giveUp(context, entry);
}

function isWindowEntry<V, S>(entry: Deadline<V, S>): entry is WindowEntry<V, S> {
  return isWindow(entry.target);
}

/** Closes, ahead of the watermark, every window with `closesAt <= upTo` (T6). */
export function closeEarly<V, S, O>(context: Context<V, S, O>, by: 'maxHold' | 'operator', upTo: number): void {
  const { state } = context;
  const overdue: WindowEntry<V, S>[] = [];
  for (const entry of state.due.entries(upTo)) if (isWindowEntry(entry)) overdue.push(entry as WindowEntry<V, S>);
  overdue.sort(
    (a, b) =>
      a.target.closesAt - b.target.closesAt ||
      a.target.start - b.target.start ||
      compareKeys(a.key as KeyState, b.key as KeyState) ||
      a.target.ordinal - b.target.ordinal,
  );
  for (const entry of overdue) {
    // One that was closed and has begun again can be due twice.
    if (entry.target.closed !== undefined) continue;
    close(context, entry, by);
    callOff(state, entry.key);
    touch(context, entry.key);
  }
}

function close<V, S, O>(context: Context<V, S, O>, entry: WindowEntry<V, S>, by: ClosedBy): void {
  const { key, target: window } = entry;
  markClosed(context, entry, by, window.end);
  context.state.journal?.window(key, window, 'put');
  const { definition, state } = context;
  // In `stream` mode, where time closes it, what is to be told goes when its own time comes, as in Kafka Streams.
  const isByStream = by === 'watermark' && definition.time.mode === 'stream';
  if (isByStream && (suppressionOf(definition)?.until === 'close' || definition.windows.joins !== undefined)) return;
  if (!isByStream) {
    if (window.suppressed !== undefined) clearSuppressed(state, key, window);
    if (window.unmatched !== undefined) clearUnmatched(state, window);
    dropRetractions(context, entry);
  }
  sayClosing(context, key, window, by);
}

/** W3 (e), W8: the opener never came. */
function giveUp<V, S, O>(context: Context<V, S, O>, { key, lane, target }: Deadline<V, S>): void {
  const waiting = target as Waiting<V>;
  const { definition } = context;
  release(context, key, lane, waiting);
  try {
    const verdict = definition.windows.giveUp?.(waiting.record, lane) ?? { to: 'late' as const, code: 'NO_WINDOW' as const };
    planLate(context, key, waiting.record, verdict, waiting.since)();
    key.counts.late++;
  } catch (error) {
    context.rejected = added(context.rejected, { ...refusal(error), record: waiting.record });
    key.counts.rejected++;
  }
  if (isBare(lane)) key.lanes.delete(lane.id);
}

/** Forgets a window that the watermark has left behind by the retention (W8). */
function forget<V, S, O>({ state }: Context<V, S, O>, entry: WindowEntry<V, S>): void {
  const { key, lane, target: window } = entry;
  if (window.suppressed === undefined && window.unmatched === undefined) return takeWindowOut(state as State<V, S>, key, lane, window);
  // What is still to be told of it comes first, and takes it out.
  window.forgotten = true;
  state.journal?.window(key, window, 'put');
}

/** Forgets keys that have held nothing for as long as the retention. */
export function retireIdle<V, S, O>(context: Context<V, S, O>): void {
  const { state, now, definition } = context;
  for (let key = state.idle.pop(now); key !== undefined; key = state.idle.pop(now)) {
    key.queuedIdle = undefined;
    if (!isEmpty(key)) continue;
    if (key.touched + definition.retentionMs > now) {
      queueIdle(state, key, definition.retentionMs);
      continue;
    }
    state.keys.delete(key.key);
    state.journal?.retire(key);
    // What is known of all keys is stored with each: not only with the one that goes.
    noteAnyKey(state);
  }
}
