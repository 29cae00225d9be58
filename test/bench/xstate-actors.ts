import { type Actor, assign, createActor, setup } from 'xstate';
import { type Contender, type Counts, count, type Loop, type Visit } from './contender.ts';
import { Heap } from './heap.ts';
import { GRACE_MS, type Line, recordOf, SIZE_MS } from './stream.ts';

type Event = { type: 'CustomerPaidForTable' } | { type: 'CustomerCancelledReservation' };

/** Final states are named as what is said at the end. */
const machine = setup({ types: { context: {} as { paid: boolean }, events: {} as Event } }).createMachine({
  context: { paid: false },
  initial: 'open',
  states: {
    open: {
      on: { CustomerPaidForTable: { actions: assign({ paid: true }) }, CustomerCancelledReservation: 'CANCELLED_BY_CUSTOMER' },
      after: { [SIZE_MS + GRACE_MS]: [{ guard: ({ context }) => context.paid, target: 'ReservationConfirmed' }, { target: 'PAYMENT_TIMED_OUT' }] },
    },
    PAYMENT_TIMED_OUT: { type: 'final' },
    ReservationConfirmed: { type: 'final' },
    CANCELLED_BY_CUSTOMER: { type: 'final' },
  },
});

interface Timer {
  readonly at: number;
  readonly ring: (() => void) | undefined;
}

/** The clock of all actors: a heap that moves when it is told to. */
class VirtualClock {
  readonly #due = new Heap<{ at: number; ring: (() => void) | undefined }>();
  now = 0;

  setTimeout(ring: () => void, ms: number): Timer {
    const timer = { at: this.now + ms, ring };
    this.#due.push(timer);
    return timer;
  }

  clearTimeout(timer: { ring: (() => void) | undefined }): void {
    timer.ring = undefined;
  }

  advance(to: number): void {
    for (let next = this.#due.peek(); next !== undefined && next.at <= to; next = this.#due.peek()) {
      this.#due.pop();
      this.now = next.at;
      next.ring?.();
    }
    this.now = to;
  }
}

/**
 * One actor a reservation, found in a Map, its time to pay an `after` on a clock that stands still until it is moved. It closes on time and early. It knows no
 * duplicates by position, no record that comes too late or overtakes its request (both are passed over), and it forgets an
 * actor that has ended.
 */
class XStateActors implements Loop {
  readonly counts: Counts = new Map();
  readonly #actors = new Map<string, Actor<typeof machine>>();
  readonly #clock = new VirtualClock();

  take({ key, value, timestamp }: Visit): void {
    this.#clock.advance(timestamp);
    const id = `${key} ${value.tableId}`;
    const actor = this.#actors.get(id);
    if (value.type !== 'CustomerRequestedTable') actor?.send({ type: value.type });
    else if (actor === undefined) this.#start(id);
  }

  claim(watermark: number): void {
    this.#clock.advance(watermark);
  }

  #start(id: string): void {
    const actor = createActor(machine, { clock: this.#clock as never });
    this.#actors.set(id, actor);
    actor.subscribe({
      complete: () => {
        this.#actors.delete(id);
        count(this.counts, String(actor.getSnapshot().value));
      },
    });
    actor.start();
  }
}

export const contender: Contender = {
  create: () => new XStateActors(),
  read: (text) => recordOf(JSON.parse(text) as Line),
};
