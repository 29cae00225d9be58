import type { StreamRecord } from '../../../../src/core/record.ts';
import type { Loop, Tell } from '../loop.ts';
import type { Payment } from '../stream.ts';
import { Due } from './due.ts';

export interface Window {
  /** Where it stands in the heap; no later than `closesAt`. */
  at: number;
  closesAt: number;
  readonly key: string;
  readonly start: number;
  sum: number;
  /** The greatest timestamp of its records. */
  latest: number;
  /** Merged into another. */
  gone: boolean;
}

/** A key's open windows, in order of their starts. */
export class Held {
  readonly windows: Window[] = [];
  readonly key: string;

  constructor(key: string) {
    this.key = key;
  }
}

/**
 * What the loops by hand share: a Map of keys, an array of open windows in each, one heap of deadlines. Each gives the finals of the engine, in its order, without what
 * makes them general: one sum, no ids, no explanation, no duplicates, no user function that may throw, no bound on anything, no snapshot, nothing remembered of
 * what has closed.
 */
export abstract class ByHand<Key extends Held = Held> implements Loop {
  late = 0;
  protected readonly keys = new Map<string, Key>();
  protected watermark = Number.NEGATIVE_INFINITY;
  readonly #due = new Due<Window>();
  readonly #tell: Tell;

  constructor(tell: Tell) {
    this.#tell = tell;
  }

  abstract take(record: StreamRecord<Payment>): void;

  claim(watermark: number): void {
    this.watermark = watermark;
    for (let next = this.#due.pop(watermark); next !== undefined; next = this.#due.pop(watermark)) {
      if (next.gone) continue;
      if (next.closesAt > next.at) {
        next.at = next.closesAt;
        this.#due.push(next);
        continue;
      }
      const held = this.keys.get(next.key) as Key;
      held.windows.splice(held.windows.indexOf(next), 1);
      if (held.windows.length === 0) this.emptied(held);
      this.#tell(next.key, next.start, next.sum, next.latest);
    }
  }

  open(tell: Tell): void {
    for (const { key, windows } of this.keys.values()) for (const { start, sum, latest } of windows) tell(key, start, sum, latest);
  }

  protected emptied({ key }: Key): void {
    this.keys.delete(key);
  }

  /** Puts a window where its start belongs among those of its key. */
  protected add(held: Key, start: number, closesAt: number, sum: number, latest: number): Window {
    const window: Window = { at: closesAt, closesAt, key: held.key, start, sum, latest, gone: false };
    const { windows } = held;
    let place = windows.length;
    while (place > 0 && (windows[place - 1] as Window).start > start) place--;
    if (place === windows.length) windows.push(window);
    else windows.splice(place, 0, window);
    if (closesAt < Number.MAX_SAFE_INTEGER) this.#due.push(window);
    return window;
  }
}

export function fold(window: Window, { value, timestamp }: StreamRecord<Payment>): void {
  window.sum += value.amount;
  if (timestamp > window.latest) window.latest = timestamp;
}

/** The window that starts there: near the end, most often. */
export function startingAt(windows: readonly Window[], start: number): Window | undefined {
  for (let i = windows.length - 1; i >= 0; i--) {
    const window = windows[i] as Window;
    if (window.start === start) return window;
    if (window.start < start) return undefined;
  }
  return undefined;
}
