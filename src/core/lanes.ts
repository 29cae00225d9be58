import { NONE } from './context.ts';
import type { Lane, Window } from './window.ts';

/** The lanes of one key that hold anything. Mostly there is one, and it stands alone; a Map is made for the second. */
export class Lanes<V = unknown, S = unknown> {
  #one: Lane<V, S> | undefined;
  #others: Map<string, Lane<V, S>> | undefined;

  get size(): number {
    return (this.#one ? 1 : 0) + (this.#others?.size ?? 0);
  }

  get(id: string): Lane<V, S> | undefined {
    return this.#one?.id === id ? this.#one : this.#others?.get(id);
  }

  /** Adds a lane that is not there yet. */
  add(lane: Lane<V, S>): void {
    if (this.#one) this.#others = (this.#others ?? new Map()).set(lane.id, lane);
    else this.#one = lane;
  }

  delete(id: string): void {
    if (this.#one?.id === id) this.#one = undefined;
    else this.#others?.delete(id);
  }

  *values(): Generator<Lane<V, S>> {
    if (this.#one) yield this.#one;
    if (this.#others) yield* this.#others.values();
  }
}

export function createLane<V, S>(id: string): Lane<V, S> {
  return { id, windows: NONE, waiting: NONE, longest: 0 };
}

/** Puts a window where it belongs in its lane: by (start, ordinal). */
export function putWindow<V, S>(lane: Lane<V, S>, window: Window<S>): void {
  const { windows } = lane;
  lane.longest = Math.max(lane.longest, window.end - window.start);
  let at = windows.length;
  while (at > 0 && comesBefore(window, windows[at - 1] as Window)) at--;
  // An array that grows from nothing takes room for seventeen at once, and most lanes hold one.
  if (windows.length === 0) lane.windows = [window];
  else windows.splice(at, 0, window);
}

function comesBefore(a: Window, b: Window): boolean {
  return a.start < b.start || (a.start === b.start && a.ordinal < b.ordinal);
}

/** Takes a window, or a waiting record, out of its list. */
export function takeOut<Item>(list: Item[], item: Item): void {
  // Mostly it is the oldest, or the only one; `splice` makes an array of what it takes out.
  if (list[0] === item) list.shift();
  else list.splice(list.indexOf(item), 1);
}

export function isBare(lane: Lane): boolean {
  return lane.windows.length + lane.waiting.length === 0;
}
