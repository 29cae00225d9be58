import { type Context, touch } from './context.ts';
import { markClosed, refusal, release } from './fold.ts';
import { lateRecord } from './late.ts';
import { sayOfWindow } from './say.ts';
import { type KeyState, isEmpty, isWindow, keyWakeAt, laneOf, stateWakeAt } from './state.ts';
import type { ClosedBy, Waiting, Window } from './window.ts';

/** Settles whatever is due at the watermark (T1), over all keys in the order of (instant, key), and forgets what is past retention (W8). */
export function settle<V, S, O>(context: Context<V, S, O>): void {
  const { state, watermark } = context;
  for (let top = state.due.peek(); top !== undefined && top.at <= watermark; top = state.due.peek()) {
    state.due.pop();
    top.key.queuedDue = undefined;
    settleKey(context, top.key as KeyState<V, S>, top.at);
    touch(context, top.key as KeyState<V, S>);
  }
  for (let top = state.forget.peek(); top !== undefined && top.at <= watermark; top = state.forget.peek()) {
    state.forget.pop();
    top.key.queuedForget = undefined;
    forget(context, top.key as KeyState<V, S>);
  }
}

/** Settles what one key has due up to an instant. */
export function settleKey<V, S, O>(context: Context<V, S, O>, key: KeyState<V, S>, upTo: number): void {
  for (let at = keyWakeAt(key); at !== undefined && at <= upTo; at = keyWakeAt(key)) {
    const target = key.due.pop()?.target as Window<S> | Waiting<V>;
    if (isWindow(target)) close(context, key, target, 'watermark');
    else giveUp(context, key, target);
  }
}

/** Closes, ahead of the watermark, every window with `closesAt <= upTo` (T6). */
export function closeEarly<V, S, O>(context: Context<V, S, O>, by: 'maxHold' | 'operator', upTo: number): void {
  const least = stateWakeAt(context.state);
  if (least === undefined || least > upTo) return;
  for (const key of context.state.keys.values()) {
    const wakeAt = keyWakeAt(key);
    if (key.open === 0 || wakeAt === undefined || wakeAt > upTo) continue;
    const overdue = [...key.due.entries()].filter((due) => isWindow(due.target) && due.at <= upTo).map((due) => due.target as Window<S>);
    for (const window of overdue.sort((a, b) => a.closesAt - b.closesAt || a.start - b.start || a.ordinal - b.ordinal)) close(context, key, window, by);
    if (overdue.length > 0) touch(context, key);
  }
}

function close<V, S, O>(context: Context<V, S, O>, key: KeyState<V, S>, window: Window<S>, by: ClosedBy): void {
  const { id, start, end, closesAt } = window;
  markClosed(context, key, laneOf(key, window.id), window, by, window.end);
  context.state.journal?.window(key, window, 'put');
  try {
    const said = context.definition.outcomes.closed?.({ key: key.key, state: window.state, bounds: { id, start, end, closesAt }, by });
    if (said !== undefined) sayOfWindow(context, key, window, said, { final: true });
  } catch (error) {
    context.rejected.push({ ...refusal(error), window: { id, start, end, closesAt } });
  }
}

/** W3 (e), W8: the opener never came. */
function giveUp<V, S, O>(context: Context<V, S, O>, key: KeyState<V, S>, waiting: Waiting<V>): void {
  const { definition } = context;
  const lane = laneOf(key, definition.windows.laneOf(waiting.record));
  release(context, key, lane, waiting);
  try {
    lateRecord(context, key, waiting.record, definition.windows.giveUp(waiting.record, lane), waiting.since);
    key.counts.late++;
  } catch (error) {
    context.rejected.push({ ...refusal(error), record: waiting.record });
    key.counts.rejected++;
  }
  if (lane.windows.length === 0 && lane.waiting.length === 0) key.lanes.delete(lane.id);
}

function forget<V, S, O>(context: Context<V, S, O>, key: KeyState<V, S>): void {
  for (let next = key.forget.peek(); next !== undefined && next.at <= context.watermark; next = key.forget.peek()) {
    key.forget.pop();
    const { lane, window } = next;
    lane.windows.splice(lane.windows.indexOf(window), 1);
    context.state.journal?.window(key, window, 'delete');
    if (lane.windows.length === 0 && lane.waiting.length === 0) key.lanes.delete(lane.id);
  }
  touch(context, key);
}

/** Forgets keys that have held nothing for as long as the retention. */
export function retireIdle<V, S, O>(context: Context<V, S, O>): void {
  const { state, now, definition } = context;
  for (let top = state.idle.peek(); top !== undefined && top.at <= now; top = state.idle.peek()) {
    state.idle.pop();
    const { key } = top;
    key.queuedIdle = undefined;
    if (!isEmpty(key)) continue;
    if (key.touched + definition.retentionMs > now) {
      key.queuedIdle = key.touched + definition.retentionMs;
      state.idle.push({ at: key.queuedIdle, key });
      continue;
    }
    state.keys.delete(key.key);
    state.journal?.retire(key);
  }
}
