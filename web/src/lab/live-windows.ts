import { type ClosedWindow, type LiveState, type LiveWindow, windowKey } from '../../../src/client.ts';
import type { KeyState } from '../../../src/core/state.ts';
import type { Reservation, ReservationEvent } from '../../../src/reservation/index.ts';

const CLOSED_MOST = 2_000;

/** The engine's windows as a viewer of a Worker sees them, kept up to date by the keys that have changed. */
export class LiveWindows {
  readonly #keptMs: number;
  readonly #open = new Map<string, LiveWindow>();
  readonly #closed = new Map<string, ClosedWindow>();
  /** The names of the open windows of a key. */
  readonly #namesOf = new Map<string, readonly string[]>();
  #shownOpen: LiveState['open'] | undefined = new Map();
  #shownClosed: LiveState['closed'] | undefined = new Map();
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

  /** Takes over what is open of a key. */
  refresh(key: string, state: KeyState<ReservationEvent, Reservation> | undefined): void {
    const names: string[] = [];
    for (const { windows } of state?.lanes.values() ?? []) {
      for (const { id, start, end, closesAt, state: reservation, closed } of windows) {
        if (closed !== undefined || reservation === undefined) continue;
        const window = { key, id, start, end, closesAt, status: reservation.status, held: false };
        const name = windowKey(window);
        names.push(name);
        const known = this.#open.get(name);
        if (known?.status === window.status) continue;
        this.#open.delete(name);
        this.#open.set(name, { ...window, held: known?.held ?? false });
        this.#shownOpen = undefined;
      }
    }
    for (const name of this.#namesOf.get(key) ?? []) if (!names.includes(name)) this.#remove(name);
    if (names.length === 0) this.#namesOf.delete(key);
    else this.#namesOf.set(key, names);
  }

  /** One has closed; it is shown as it was then. */
  close(window: ClosedWindow): void {
    const name = windowKey(window);
    this.#closed.delete(name);
    this.#closed.set(name, window);
    this.#shownClosed = undefined;
    for (const oldest of this.#closed.keys()) {
      if (this.#closed.size <= CLOSED_MOST) break;
      this.#closed.delete(oldest);
    }
  }

  /** Marks what is held: due at `upTo` or before, and open. Forgets the closed that have been seen long enough. */
  settle(upTo: number, now: number): void {
    this.#held = 0;
    for (const [name, window] of upTo === Number.NEGATIVE_INFINITY ? [] : this.#open) {
      if (window.closesAt > upTo) continue;
      this.#held++;
      if (window.held) continue;
      this.#open.set(name, { ...window, held: true });
      this.#shownOpen = undefined;
    }
    for (const [name, { closedAt }] of this.#closed) {
      if (closedAt + this.#keptMs > now) break;
      this.#closed.delete(name);
      this.#shownClosed = undefined;
    }
  }

  get open(): LiveState['open'] {
    this.#shownOpen ??= new Map(this.#open);
    return this.#shownOpen;
  }

  get closed(): LiveState['closed'] {
    this.#shownClosed ??= new Map(this.#closed);
    return this.#shownClosed;
  }

  #remove(name: string): void {
    this.#open.delete(name);
    this.#shownOpen = undefined;
  }
}
