import type { KeyState } from './state.ts';
import type { Window } from './window.ts';

/** The other windows whose results have its id. */
export function sameId<V, S>(key: KeyState<V, S>, window: Window<S>): Window<S>[] {
  const windows = key.lanes.get(window.id)?.windows ?? [];
  return windows.filter((other) => other !== window && shareId(other, window));
}

/** Whether the results of two windows of one lane have the same id. */
export function shareId(one: Window, other: Window): boolean {
  return one.start === other.start && JSON.stringify(one.opener) === JSON.stringify(other.opener);
}
