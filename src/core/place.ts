import { isBare, putWindow, takeOut } from './lanes.ts';
import type { Deadline, KeyState, State, WindowEntry } from './state.ts';
import { type Lane, NEVER, type Waiting, type Window } from './window.ts';

/** Puts a window, open or remembered, into its lane, the lane into its key, and what it is due for into the queues. */
export function placeWindow<V, S>(state: State<V, S>, entry: WindowEntry<V, S>, retentionMs: number): void {
  const { key, lane, target: window } = entry;
  if (isBare(lane)) key.lanes.add(lane);
  putWindow(lane, window);
  if (window.forgotten) return;
  if (window.closed) return queueForget(state, entry, retentionMs);
  key.open++;
  // One that never closes is due for nothing.
  if (window.closesAt !== NEVER) queueDue(state, window.closesAt, entry);
}

/** Takes a window out for good. */
export function takeWindowOut<V, S>(state: State<V, S>, { key, lane, target: window }: WindowEntry<V, S>): void {
  takeOut(lane.windows, window);
  window.gone = true;
  clearPending(state, key, window);
  if (isBare(lane)) key.lanes.delete(lane.id);
  state.journal?.window(key, window, 'delete');
}

/** What was still to be told of a window is told no more. */
export function clearPending<V, S>(state: State<V, S>, key: KeyState<V, S>, window: Window<S>): void {
  state.suppressed?.clear(key, window);
  state.joined?.clear(window);
}

export function placeWaiting<V, S>(state: State<V, S>, key: KeyState<V, S>, lane: Lane<V, S>, waiting: Waiting<V>): void {
  if (isBare(lane)) key.lanes.add(lane);
  if (lane.waiting.length === 0) lane.waiting = [waiting];
  else lane.waiting.push(waiting);
  key.waiting++;
  queueDue(state, waiting.until, { key, lane, target: waiting });
}

/** From when on the window is remembered: until the watermark has passed the retention (W8). */
export function queueForget<V, S>(state: State<V, S>, entry: WindowEntry<V, S>, retentionMs: number): void {
  const { closesAt, closed } = entry.target;
  // One that would never have closed was closed by what a record made of it.
  const at = (closesAt === NEVER ? (closed?.freeFrom ?? 0) : closesAt) + retentionMs;
  state.forget.push(at, entry as WindowEntry);
  entry.key.own?.forget.push(at, entry as WindowEntry);
}

/** What falls due stands in the queue of all keys, and in the key's own where it has one. */
export function queueDue<V, S>(state: State<V, S>, at: number, entry: Deadline<V, S>): void {
  state.due.push(at, entry as Deadline);
  entry.key.own?.due.push(at, entry as Deadline);
}

/** A window of the key is remembered no more, or begins again, before its retention has passed. */
export function callOffForget<V, S>(state: State<V, S>, key: KeyState<V, S>): void {
  state.forget.callOff();
  key.own?.forget.callOff();
}

/** What a deadline of the key was for is settled sooner. */
export function callOffDue<V, S>(state: State<V, S>, key: KeyState<V, S>): void {
  state.due.callOff();
  key.own?.due.callOff();
}
