import { type Context, touch } from './context.ts';
import { lastWord, markClosed, release } from './fold.ts';
import { isBare } from './lanes.ts';
import { planLate } from './late.ts';
import { callOffDue, takeWindowOut } from './place.ts';
import { refuse } from './refusal.ts';
import { sayClosing } from './say.ts';
import { compareEntries, type Deadline, type Deadlines, isEmpty, isWindow, noteAnyKey, queueIdle, type State, type WindowEntry } from './state.ts';
import type { ClosedBy, LateVerdict, Waiting } from './window.ts';

/** Settles whatever is due at the watermark (T1), over all keys in the order of R1, and forgets what is past retention (W8). */
export function settle<V, S, O>(context: Context<V, S, O>): void {
  const { state, definition, watermark } = context;
  state.suppressed?.settle(context, settleDue);
  settleDue(context, state, watermark);
  forget(context, state, definition.windows.forgetsUpTo?.(context) ?? watermark);
}

/** The same for one key, whose watermark may be ahead of the others' (T4, scope `key`). */
export function settleOwn<V, S, O>(context: Context<V, S, O>, own: Deadlines): void {
  settleDue(context, own, context.watermark);
  forget(context, own, context.watermark);
}

function settleDue<V, S, O>(context: Context<V, S, O>, from: Deadlines, upTo: number): void {
  const { state } = context;
  for (let next = from.due.pop(upTo); next; next = from.due.pop(upTo)) {
    const entry = next as Deadline<V, S>;
    (from === state ? next.key.own : state)?.due.callOff();
    if (isWindow(entry)) close(context, entry, 'watermark');
    else giveUp(context, entry);
    touch(context, entry.key);
  }
}

/** Forgets the windows that the watermark has left behind by the retention (W8). */
function forget<V, S, O>({ state, definition }: Context<V, S, O>, from: Deadlines, upTo: number): void {
  for (let next = from.forget.pop(upTo); next; next = from.forget.pop(upTo)) {
    const { key, target: window } = next;
    (from === state ? key.own : state)?.forget.callOff();
    if (window.suppressed === undefined && window.unmatched === undefined) {
      takeWindowOut(state as State, next);
    } else {
      // What is still to be told of it comes first, and takes it out.
      window.forgotten = true;
      state.journal?.window(key, window, 'put');
    }
    state.journal?.key(key);
    queueIdle(state, key, definition.retentionMs);
  }
}

/** Closes, ahead of the watermark, every window with `closesAt <= upTo` (T6). */
export function closeEarly<V, S, O>(context: Context<V, S, O>, by: 'maxHold' | 'operator', upTo: number): void {
  const { state } = context;
  const overdue = [...state.due.entries(upTo)].filter(isWindow) as WindowEntry<V, S>[];
  overdue.sort((a, b) => a.target.closesAt - b.target.closesAt || a.target.start - b.target.start || compareEntries(a as Deadline, b as Deadline));
  for (const entry of overdue) {
    // One that was closed and has begun again can be due twice.
    if (entry.target.closed) continue;
    close(context, entry, by);
    callOffDue(state, entry.key);
    touch(context, entry.key);
  }
}

function close<V, S, O>(context: Context<V, S, O>, entry: WindowEntry<V, S>, by: ClosedBy): void {
  const { key, target: window } = entry;
  const { definition, state, mode } = context;
  markClosed(context, entry, by, window.end);
  state.journal?.window(key, window, 'put');
  // In `stream` mode, where time closes it, what is to be told goes when its own time comes, as in Kafka Streams.
  const isByStream = by === 'watermark' && mode === 'stream';
  if (isByStream && (definition.suppress?.until === 'close' || definition.windows.joins)) return;
  if (!isByStream) lastWord(context, entry);
  sayClosing(context, key, window, by);
}

/** W3 (e), W8: the opener never came. */
function giveUp<V, S, O>(context: Context<V, S, O>, { key, lane, target }: Deadline<V, S>): void {
  const waiting = target as Waiting<V>;
  const { record, since } = waiting;
  release(context, key, lane, waiting);
  try {
    const verdict: LateVerdict<S> = context.definition.windows.giveUp?.(record, lane) ?? { to: 'late', code: 'NO_WINDOW' };
    planLate(context, key, record, verdict, since)();
    key.counts.late++;
  } catch (error) {
    refuse(context, error, { record });
    key.counts.rejected++;
  }
  if (isBare(lane)) key.lanes.delete(lane.id);
}

/** Forgets keys that have held nothing for as long as the retention. */
export function retireIdle<V, S, O>({ state, now, definition }: Context<V, S, O>): void {
  for (let key = state.idle.pop(now); key; key = state.idle.pop(now)) {
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
