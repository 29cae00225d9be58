import { type ClosedWindow, type LiveState, type LiveWindow, windowKey } from '../../../src/client.ts';
import type { KeyState } from '../../../src/core/state.ts';
import type { Reservation, ReservationEvent } from '../../../src/reservation/index.ts';
import { TwinMap } from './twin-map.ts';

const CLOSED_MOST = 2_000;

/** The engine's windows as a viewer of a Worker sees them, kept up to date by the keys that have changed. */
export class LiveWindows {
  readonly #keptMs: number;
  readonly #open = new TwinMap<LiveWindow>();
  readonly #closed = new TwinMap<ClosedWindow>();
  /** The names of the open windows of a key. */
  readonly #namesOf = new Map<string, readonly string[]>();
  #held = 0;

  /** Closed windows stay for so long, ms of the lab's clock. */
  constructor(keptMs: number) {
    this.#keptMs = keptMs;
  }

  get count(): number {
    return this.#open.size;
  }

  get held(): number {
    return this.#held;
  }

  /** Takes over what is open of a key. Gives the windows that are new, or have another status. */
  refresh(key: string, state: KeyState<ReservationEvent, Reservation> | undefined): readonly LiveWindow[] {
    const names: string[] = [];
    const changed: LiveWindow[] = [];
    for (const { windows } of state?.lanes.values() ?? []) {
      for (const { id, start, end, closesAt, state: reservation, closed } of windows) {
        if (closed !== undefined || reservation === undefined) continue;
        const { status } = reservation;
        const window = { key, id, start, end, closesAt, status, held: false };
        const name = windowKey(window);
        names.push(name);
        const known = this.#open.get(name);
        if (known?.status === status) continue;
        window.held = known?.held ?? false;
        this.#open.set(name, window);
        changed.push(window);
      }
    }
    for (const name of this.#namesOf.get(key) ?? []) if (!names.includes(name)) this.#open.delete(name);
    if (names.length === 0) this.#namesOf.delete(key);
    else this.#namesOf.set(key, names);
    return changed;
  }

  /** One has closed; it is shown as it was then. */
  close(window: ClosedWindow): void {
    this.#closed.set(windowKey(window), window);
    if (this.#closed.size > CLOSED_MOST) this.#forget(({ size }) => size > CLOSED_MOST);
  }

  /** Marks what is held: due at `upTo` or before, and open. Forgets the closed that have been seen long enough. */
  settle(upTo: number, now: number): void {
    this.#held = 0;
    const newlyHeld: [string, LiveWindow][] = [];
    for (const [name, window] of upTo === Number.NEGATIVE_INFINITY ? [] : this.#open.entries()) {
      if (window.closesAt > upTo) continue;
      this.#held++;
      if (!window.held) newlyHeld.push([name, window]);
    }
    for (const [name, window] of newlyHeld) this.#open.set(name, { ...window, held: true }, true);
    this.#forget(({ oldest }) => oldest.closedAt + this.#keptMs <= now);
  }

  get open(): LiveState['open'] {
    return this.#open.shown;
  }

  get closed(): LiveState['closed'] {
    return this.#closed.shown;
  }

  /** Forgets closed ones, the first to close first, for as long as they are to go. */
  #forget(goes: (at: { readonly oldest: ClosedWindow; readonly size: number }) => boolean): void {
    const names: string[] = [];
    for (const [name, oldest] of this.#closed.entries()) {
      if (!goes({ oldest, size: this.#closed.size - names.length })) break;
      names.push(name);
    }
    for (const name of names) this.#closed.delete(name);
  }
}
