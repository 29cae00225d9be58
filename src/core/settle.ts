import { type Context, touch } from './context.ts';
import { markClosed, refusal, release } from './fold.ts';
import { lateRecord } from './late.ts';
import { sayOfWindow } from './say.ts';
import { isEmpty, isWindow, type KeyState, keyWakeAt, laneOf, requeue, requeueDue, stateWakeAt } from './state.ts';
import { compareText } from './text.ts';
import type { ClosedBy, Waiting, Window } from './window.ts';

/** Settles whatever is due at the watermark (T1), over all keys in the order of (instant, key), and forgets what is past retention (W8). */
export function settle<V, S, O>(context: Context<V, S, O>): void {
  const { state, watermark } = context;
  for (let top = state.due.peek(); top !== undefined && top.at <= watermark; top = state.due.peek()) {
    const key = top.key as KeyState<V, S>;
    state.due.pop();
    key.queuedDue = undefined;
    key.moved = true;
    if (keyWakeAt(key) === top.at) {
      settleKey(context, key, top.at);
      touch(context, key);
    } else {
      requeueDue(state, key);
    }
  }
  for (let top = state.forget.peek(); top !== undefined && top.at <= watermark; top = state.forget.peek()) {
    const key = top.key as KeyState<V, S>;
    state.forget.pop();
    key.queuedForget = undefined;
    key.moved = true;
    if (forget(context, key)) state.journal?.key(key);
    requeue(state, key, context.definition.retentionMs);
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
  const overdue: { readonly key: KeyState<V, S>; readonly window: Window<S> }[] = [];
  for (const key of context.state.keys.values()) {
    const wakeAt = keyWakeAt(key);
    if (key.open === 0 || wakeAt === undefined || wakeAt > upTo) continue;
    for (const { at, target } of key.due.entries()) if (isWindow(target) && at <= upTo) overdue.push({ key, window: target as Window<S> });
  }
  overdue.sort(
    (a, b) =>
      a.window.closesAt - b.window.closesAt ||
      compareText(a.key.key, b.key.key) ||
      a.window.start - b.window.start ||
      a.window.ordinal - b.window.ordinal,
  );
  for (const { key, window } of overdue) {
    close(context, key, window, by);
    touch(context, key);
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

/** Forgets what the watermark has left behind by the retention (W8); says whether there was anything. */
export function forget<V, S, O>(context: Context<V, S, O>, key: KeyState<V, S>): boolean {
  let forgot = false;
  for (let next = key.forget.peek(); next !== undefined && next.at <= context.watermark; next = key.forget.peek()) {
    key.forget.pop();
    const { lane, window } = next;
    lane.windows.splice(lane.windows.indexOf(window), 1);
    context.state.journal?.window(key, window, 'delete');
    if (lane.windows.length === 0 && lane.waiting.length === 0) key.lanes.delete(lane.id);
    key.moved = true;
    forgot = true;
  }
  return forgot;
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
    key.queuedDue = undefined;
    key.queuedForget = undefined;
    state.keys.delete(key.key);
    state.journal?.retire(key);
  }
}
