import { isBare, putWaiting, putWindow, takeOut } from './lanes.ts';
import type { Deadline, KeyState, State, WindowEntry } from './state.ts';
import { type Lane, NEVER, type Waiting, type Window } from './window.ts';

/** Puts a window, open or remembered, into its lane, the lane into its key, and what it is due for into the queues. */
export function placeWindow<V, S>(state: State<V, S>, key: KeyState<V, S>, lane: Lane<V, S>, window: Window<S>, retentionMs: number): void {
  if (isBare(lane)) key.lanes.add(lane);
  putWindow(lane, window);
  const entry = { key, lane, target: window } as WindowEntry;
  if (window.suppressed !== undefined) placeSuppressed(state, entry, window.suppressed);
  if (window.unmatched !== undefined) state.unmatched.push(window.unmatched, entry);
  if (window.forgotten) return;
  if (window.closed !== undefined) return queueForget(state, entry, retentionMs);
  key.open++;
  // One that never closes is due for nothing.
  if (window.closesAt !== NEVER) queueDue(state, entry, window.closesAt);
}

/** A window that was closed begins again. */
export function reopen<V, S>(state: State<V, S>, entry: WindowEntry<V, S>): void {
  const { key, target: window } = entry;
  window.closed = undefined;
  window.forgotten = false;
  key.open++;
  callOffForget(state, key);
  queueDue(state, entry as Deadline, window.closesAt);
}

/** An open window reaches further: what it is due for moves with its end. */
export function moveEnd<V, S>(state: State<V, S>, entry: WindowEntry<V, S>, { end, closesAt }: Pick<Window, 'end' | 'closesAt'>): void {
  const { key, lane, target: window } = entry;
  window.end = end;
  window.closesAt = closesAt;
  lane.longest = Math.max(lane.longest, end - window.start);
  callOff(state, key);
  queueDue(state, entry as Deadline, closesAt);
}

/** Takes a window out for good. */
export function takeWindowOut<V, S>(state: State<V, S>, key: KeyState<V, S>, lane: Lane<V, S>, window: Window<S>): void {
  takeOut(lane.windows, window);
  window.gone = true;
  if (window.suppressed !== undefined) clearSuppressed(state, key, window);
  if (window.unmatched !== undefined) clearUnmatched(state, window);
  if (isBare(lane)) key.lanes.delete(lane.id);
  state.journal?.window(key, window, 'delete');
}

/** Suppresses a change of a window until an instant; one that is suppressed already keeps its own. */
export function queueSuppressed<V, S>(state: State<V, S>, entry: WindowEntry<V, S>, until: number): void {
  if (entry.target.suppressed !== undefined) return;
  entry.target.suppressed = until;
  placeSuppressed(state, entry, until);
}

function placeSuppressed<V, S>(state: State<V, S>, entry: WindowEntry<V, S>, until: number): void {
  state.suppressedCount++;
  if (until === NEVER) return;
  state.suppressed.push(until, entry as WindowEntry);
  entry.key.own?.suppressed.push(until, entry as WindowEntry);
}

/** A record of a join has found no partner. */
export function queueUnmatched<V, S>(state: State<V, S>, entry: WindowEntry<V, S>, at: number): void {
  entry.target.unmatched = at;
  state.unmatched.push(at, entry as WindowEntry);
  state.journal?.window(entry.key, entry.target, 'put');
}

/** It has found one, or is told by another way that it has not. */
export function clearUnmatched<V, S>(state: State<V, S>, window: Window<S>): void {
  window.unmatched = undefined;
  state.unmatched.callOff();
}

/** A change is suppressed no longer. */
export function clearSuppressed<V, S>(state: State<V, S>, key: KeyState<V, S>, window: Window<S>): void {
  const until = window.suppressed;
  window.suppressed = undefined;
  state.suppressedCount--;
  if (until === NEVER) return;
  state.suppressed.callOff();
  key.own?.suppressed.callOff();
}

export function placeWaiting<V, S>(state: State<V, S>, key: KeyState<V, S>, lane: Lane<V, S>, waiting: Waiting<V>): void {
  if (isBare(lane)) key.lanes.add(lane);
  putWaiting(lane, waiting);
  key.waiting++;
  queueDue(state, { key, lane, target: waiting } as Deadline, waiting.until);
}

function queueDue(state: State, entry: Deadline, at: number): void {
  state.due.push(at, entry);
  entry.key.own?.due.push(at, entry);
}

/** From when on the window is remembered: until the watermark has passed the retention (W8). */
export function queueForget(state: State, entry: WindowEntry, retentionMs: number): void {
  const { closesAt, closed } = entry.target;
  // One that would never have closed was closed by what a record made of it.
  const at = (closesAt === NEVER ? (closed?.freeFrom ?? 0) : closesAt) + retentionMs;
  state.forget.push(at, entry);
  entry.key.own?.forget.push(at, entry);
}

/** A window of the key is remembered no more, or begins again, before its retention has passed. */
export function callOffForget(state: State, key: KeyState): void {
  state.forget.callOff();
  key.own?.forget.callOff();
}

/** What a deadline of the key was for is settled sooner. */
export function callOff(state: State, key: KeyState): void {
  state.due.callOff();
  key.own?.due.callOff();
}
