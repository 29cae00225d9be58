import { compareOffsets, type LogSource } from '../../src/core/record.ts';
import { type Contender, type Counts, count, type Loop, type Visit } from './contender.ts';
import { Heap } from './heap.ts';
import type { Line } from './stream.ts';
import { GRACE_MS, RETENTION_MS, recordOf, SIZE_MS } from './stream.ts';

/** A window, open or remembered. */
interface Open {
  /** When something is next to be done with it: it closes, and then it is forgotten. */
  at: number;
  readonly slot: Slot;
  readonly start: number;
  readonly end: number;
  freeFrom: number;
  status: 'AWAITING_PAYMENT' | 'PAID_FOR' | 'CANCELLED';
  refundDue: boolean;
  closed: boolean;
}

/** A record that has overtaken its request, or comes too late. */
interface Early {
  readonly at: number;
  readonly slot: Slot;
  readonly record: Visit;
  taken: boolean;
}

/** A customer's table: the last window alone, since no two of the stream overlap. */
interface Slot {
  readonly customer: Customer;
  readonly id: string;
  window: Open | undefined;
  early: Early[];
}

interface Customer {
  readonly key: string;
  position: string;
  readonly slots: Map<string, Slot>;
}

export interface Outcome {
  readonly type: string;
  readonly key: string;
  readonly tableId: string;
  readonly reason: string | undefined;
  readonly refundDue: boolean;
  readonly start: number | undefined;
  readonly end: number | undefined;
  readonly watermark: number;
}

/**
 * What one would write by hand for this topology and no other: a Map of customers with the last offset of each, a Map of tables in it, one heap of deadlines. It gives the
 * same outcomes, without what makes them general: no ids, no sources, no state of one's own, no size bound, no user function that may throw, no snapshot, one log,
 * one window a table at a time, and customers are never forgotten.
 */
export class Ceiling implements Loop {
  readonly counts: Counts = new Map();
  readonly #customers = new Map<string, Customer>();
  readonly #due = new Heap<Open | Early>();
  #watermark = Number.NEGATIVE_INFINITY;

  take(record: Visit, watermark: number): void {
    if (watermark > this.#watermark) this.claim(watermark);
    const { key, value, timestamp, source } = record;
    const { offset } = source as LogSource;
    let customer = this.#customers.get(key);
    if (customer === undefined) {
      customer = { key, position: '', slots: new Map() };
      this.#customers.set(key, customer);
    } else if (compareOffsets(offset, customer.position) <= 0) {
      count(this.counts, 'duplicate');
      return;
    }
    customer.position = offset;
    let slot = customer.slots.get(value.tableId);
    if (slot === undefined) {
      slot = { customer, id: value.tableId, window: undefined, early: [] };
      customer.slots.set(value.tableId, slot);
    }
    const { window } = slot;
    const opens = value.type === 'CustomerRequestedTable';
    if (window !== undefined && !window.closed && timestamp >= window.start - GRACE_MS && timestamp < window.end) {
      this.#fold(window, record);
    } else if (window !== undefined && timestamp >= window.start && timestamp < (opens ? window.freeFrom : window.end)) {
      this.#late(slot, window, record);
    } else if (!opens && watermark < timestamp + GRACE_MS) {
      const early: Early = { at: timestamp + GRACE_MS, slot, record, taken: false };
      slot.early.push(early);
      this.#due.push(early);
    } else if (!opens || timestamp + SIZE_MS + GRACE_MS <= watermark) {
      this.#late(slot, window, record);
    } else {
      this.#open(slot, timestamp);
    }
  }

  claim(watermark: number): void {
    this.#watermark = watermark;
    for (let next = this.#due.peek(); next !== undefined && next.at <= watermark; next = this.#due.peek()) {
      this.#due.pop();
      const { slot } = next;
      if ('record' in next) {
        if (next.taken) continue;
        slot.early.splice(slot.early.indexOf(next), 1);
        this.#late(slot, slot.window, next.record);
      } else if (next.at < next.end + GRACE_MS + RETENTION_MS) {
        if (!next.closed) this.#close(next);
        next.at = next.end + GRACE_MS + RETENTION_MS;
        this.#due.push(next);
      } else if (slot.window === next) {
        slot.window = undefined;
      }
      if (slot.window === undefined && slot.early.length === 0) slot.customer.slots.delete(slot.id);
    }
  }

  /** What is said, told to whoever listens. */
  protected say(outcome: Outcome): void {
    count(this.counts, outcome.reason ?? outcome.type);
  }

  #open(slot: Slot, start: number): void {
    const end = start + SIZE_MS;
    const window: Open = { at: end + GRACE_MS, slot, start, end, freeFrom: end, status: 'AWAITING_PAYMENT', refundDue: false, closed: false };
    slot.window = window;
    this.#due.push(window);
    if (slot.early.length === 0) return;
    const taken = slot.early.filter(({ record }) => record.timestamp >= start - GRACE_MS && record.timestamp < end);
    slot.early = slot.early.filter((early) => !taken.includes(early));
    for (const early of taken) {
      early.taken = true;
      this.#fold(window, early.record);
    }
  }

  #fold(window: Open, { value, timestamp }: Visit): void {
    switch (value.type) {
      case 'CustomerRequestedTable':
        return;
      case 'CustomerPaidForTable':
        if (window.status === 'AWAITING_PAYMENT') window.status = 'PAID_FOR';
        else this.#tell('PaymentRejected', window.slot, window, 'ALREADY_PAID');
        return;
      case 'CustomerCancelledReservation':
        window.refundDue = window.status === 'PAID_FOR';
        window.status = 'CANCELLED';
        window.freeFrom = Math.max(window.start, timestamp);
        this.#close(window);
    }
  }

  #close(window: Open): void {
    window.closed = true;
    if (window.status === 'PAID_FOR') this.#tell('ReservationConfirmed', window.slot, window, undefined);
    else this.#tell('ReservationCancelled', window.slot, window, window.status === 'CANCELLED' ? 'CANCELLED_BY_CUSTOMER' : 'PAYMENT_TIMED_OUT');
  }

  #late(slot: Slot, window: Open | undefined, { value }: Visit): void {
    count(this.counts, 'late');
    switch (value.type) {
      case 'CustomerRequestedTable':
        return this.#tell('RequestRejected', slot, window, 'LATE');
      case 'CustomerPaidForTable':
        return this.#tell('PaymentRejected', slot, window, WHY_NOT[window?.status ?? 'NONE']);
      case 'CustomerCancelledReservation':
        if (window?.status !== 'PAID_FOR' || !window.closed) return;
        window.status = 'CANCELLED';
        window.refundDue = true;
        return this.#tell('ReservationCancelled', slot, window, 'CANCELLED_BY_CUSTOMER');
    }
  }

  #tell(type: string, { customer, id }: Slot, window: Open | undefined, reason: string | undefined): void {
    const refundDue = window?.refundDue ?? false;
    this.say({ type, key: customer.key, tableId: id, reason, refundDue, start: window?.start, end: window?.end, watermark: this.#watermark });
  }
}

const WHY_NOT = { NONE: 'NO_RESERVATION', AWAITING_PAYMENT: 'LATE', PAID_FOR: 'ALREADY_PAID', CANCELLED: 'CANCELLED' };

export const contender: Contender = {
  create: () => new Ceiling(),
  read: (text) => recordOf(JSON.parse(text) as Line),
};
