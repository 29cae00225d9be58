import type { Lane, Waiting, Window } from './window.ts';

/** The lanes of one key that hold anything, in the order in which they came. Mostly there is one, and it stands alone; a Map is made for the second. */
export class Lanes<V = unknown, S = unknown> {
  #one: Lane<V, S> | undefined = undefined;
  #all: Map<string, Lane<V, S>> | undefined = undefined;

  get size(): number {
    if (this.#all !== undefined) return this.#all.size;
    return this.#one === undefined ? 0 : 1;
  }

  get(id: string): Lane<V, S> | undefined {
    if (this.#all !== undefined) return this.#all.get(id);
    return this.#one?.id === id ? this.#one : undefined;
  }

  add(lane: Lane<V, S>): void {
    if (this.#all !== undefined) {
      this.#all.set(lane.id, lane);
    } else if (this.#one === undefined || this.#one.id === lane.id) {
      this.#one = lane;
    } else {
      this.#all = new Map([[this.#one.id, this.#one]]).set(lane.id, lane);
      this.#one = undefined;
    }
  }

  delete(id: string): void {
    if (this.#one?.id === id) this.#one = undefined;
    this.#all?.delete(id);
    if (this.#all?.size === 0) this.#all = undefined;
  }

  values(): Iterable<Lane<V, S>> {
    if (this.#all !== undefined) return this.#all.values();
    return this.#one === undefined ? [] : [this.#one];
  }
}

export function createLane<V, S>(id: string): Lane<V, S> {
  return { id, windows: NONE, waiting: NONE, longest: 0 };
}

/** Shared by all that hold nothing, and never written to. */
const NONE: never[] = [];

/** Puts a window where it belongs in its lane: by (start, ordinal). */
export function putWindow<V, S>(lane: Lane<V, S>, window: Window<S>): void {
  const { windows } = lane;
  lane.longest = Math.max(lane.longest, window.end - window.start);
  let at = windows.length;
  while (at > 0 && comesBefore(window, windows[at - 1] as Window<S>)) at--;
  // An array that grows from nothing takes room for seventeen at once, and most lanes hold one.
  if (windows.length === 0) lane.windows = [window];
  else windows.splice(at, 0, window);
}

function comesBefore(a: Window, b: Window): boolean {
  return a.start < b.start || (a.start === b.start && a.ordinal < b.ordinal);
}

export function putWaiting<V, S>(lane: Lane<V, S>, waiting: Waiting<V>): void {
  if (lane.waiting.length === 0) lane.waiting = [waiting];
  else lane.waiting.push(waiting);
}

/** Takes a window, or a waiting record, out of its list. */
export function takeOut<Item>(list: Item[], item: Item): void {
  // Mostly it is the oldest, or the only one; `splice` makes an array of what it takes out.
  if (list[0] === item) list.shift();
  else list.splice(list.indexOf(item), 1);
}

export function isBare(lane: Lane): boolean {
  return lane.windows.length === 0 && lane.waiting.length === 0;
}
