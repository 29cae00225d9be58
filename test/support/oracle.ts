import type { Input } from '../../src/core/step.ts';
import type { ReservationEvent } from '../../src/reservation/events.ts';
import {
  byName,
  byOffset,
  type ClosedBy,
  type Customer,
  isDuplicate,
  type LateTold,
  newCustomer,
  type OracleSettings,
  type Reservation,
  type Told,
  toldOfClosing,
  toldOfVisit,
  type Visit,
} from './oracle-book.ts';

/** The reservation topology a second time, from the sentences of the SPEC alone, without a line of `src/core`: what the engine says is held against it. */
export class Oracle {
  readonly told: Told[] = [];
  readonly late: LateTold[] = [];
  readonly rejected: string[] = [];
  readonly dispositions: string[] = [];
  readonly #settings: OracleSettings;
  #customers: Customer[] = [];
  #watermark = Number.NEGATIVE_INFINITY;
  #serial = 0;

  constructor(settings: OracleSettings) {
    this.#settings = settings;
  }

  take(input: Input<ReservationEvent>): void {
    const { mode, maxHoldMs } = this.#settings;
    const claim = 'watermark' in input ? input.watermark : undefined;
    if (mode === 'clock') this.#watermark = input.now;
    else if (claim !== undefined) this.#watermark = Math.max(this.#watermark, claim);

    if (input.type === 'record') this.#takeRecord(input);
    else this.#settleAll(input.now);

    if (input.type === 'release') this.#closeEarly('operator', input.now, input.now);
    if (input.type === 'gap')
      for (const reservation of this.#customers.flatMap((one) => one.reservations)) if (!reservation.closed) reservation.gap = true;
    if (mode === 'source' && maxHoldMs !== undefined) this.#closeEarly('maxHold', input.now - maxHoldMs, input.now);
    this.#customers = this.#customers.filter(
      (one) => one.reservations.length > 0 || one.waiting.length > 0 || one.written + this.#settings.retentionMs > input.now,
    );
  }

  /** By customer: how their records ended, and how many wait (R3). */
  counts(): Record<string, { folded: number; late: number; rejected: number; duplicate: number; waiting: number }> {
    return Object.fromEntries(this.#customers.map((one) => [one.id, { ...one.counts, waiting: one.waiting.length }]));
  }

  #takeRecord({ record, now }: Extract<Input<ReservationEvent>, { type: 'record' }>): void {
    const { mode, scope, maxFutureMs, retentionMs } = this.#settings;
    const { key, timestamp: t, source } = record;
    const duplicate = isDuplicate(
      this.#customers.find((one) => one.id === key),
      source,
      now,
    );
    const refused =
      !Number.isInteger(t) || t < 0 || t > 8.64e15
        ? 'INVALID_TIMESTAMP'
        : mode !== 'stream' && t > now + maxFutureMs
          ? 'FUTURE_TIMESTAMP'
          : undefined;
    const counts = !duplicate && refused === undefined && !(source !== undefined && 'id' in source);
    if (counts && mode === 'stream' && scope === 'partition') this.#watermark = Math.max(this.#watermark, t);
    this.#settleAll(now);

    const customer = this.#customer(key);
    customer.written = now;
    if (duplicate) {
      customer.counts.duplicate++;
      this.dispositions.push('duplicate');
      return;
    }
    if (source !== undefined && 'offset' in source) {
      const log = `${source.topic} ${source.partition} ${source.incarnation}`;
      customer.offsets = [...customer.offsets.filter((one) => one.log !== log), { log, offset: BigInt(source.offset) }];
    } else if (source !== undefined) {
      customer.ids = [...customer.ids.filter(({ id }) => id !== source.id), { id: source.id, until: now + retentionMs }];
    }
    if (refused !== undefined) {
      customer.counts.rejected++;
      this.rejected.push(refused);
      this.dispositions.push('rejected');
      return;
    }
    if (mode === 'stream' && scope === 'key') {
      if (counts) customer.watermark = Math.max(customer.watermark, t);
      this.#settle([customer], this.#watermarkOf(customer), now);
    }
    const visit = { event: record.value, t, source, since: this.#watermarkOf(customer), serial: this.#serial++ };
    const ended = this.#judge(customer, visit);
    if (ended !== 'waiting') customer.counts[ended]++;
    this.dispositions.push(ended);
  }

  /** W3. */
  #judge(customer: Customer, visit: Visit): 'folded' | 'late' | 'waiting' {
    const { sizeMs, graceMs } = this.#settings;
    const { t, event } = visit;
    const opens = event.type === 'CustomerRequestedTable';
    const watermark = this.#watermarkOf(customer);
    const mine = customer.reservations.filter((one) => one.tableId === event.tableId).sort((a, b) => a.start - b.start || a.serial - b.serial);
    const open = mine.filter((one) => one.closed === undefined);
    const takes = open.find((one) => one.start <= t && t < one.end) ?? open.find((one) => t < one.start && one.start <= t + graceMs);
    if (takes !== undefined) {
      this.#fold(customer, takes, visit);
      return 'folded';
    }
    const holds = mine.filter((one) => one.closed !== undefined && one.start <= t && t < (opens ? one.closed.freeFrom : one.end)).at(-1);
    if (holds !== undefined) {
      this.#tellLate(customer, visit, holds.closed?.by === 'watermark' ? 'LATE' : 'ALREADY_CLOSED', holds);
      return 'late';
    }
    if (opens) {
      const closesAt = t + sizeMs + graceMs;
      if (closesAt <= watermark || mine.some((one) => one.start > t && one.start < t + sizeMs)) {
        this.#tellLate(customer, visit, 'LATE', undefined, closesAt);
        return 'late';
      }
      this.#open(
        customer,
        visit,
        closesAt,
        mine.some((one) => one.start === t),
      );
      return 'folded';
    }
    if (graceMs > 0 && watermark < t + graceMs) {
      customer.waiting.push(visit);
      return 'waiting';
    }
    this.#inVain(customer, visit);
    return 'late';
  }

  /** W1, W4. */
  #open(customer: Customer, opener: Visit, closesAt: number, again: boolean): void {
    const { sizeMs, graceMs } = this.#settings;
    const { t, event } = opener;
    const reservation: Reservation = {
      tableId: event.tableId,
      start: t,
      end: t + sizeMs,
      closesAt,
      serial: this.#serial++,
      twin: again ? opener.source : undefined,
      status: 'AWAITING_PAYMENT',
      refundDue: false,
      sources: [],
      gap: false,
    };
    customer.reservations.push(reservation);
    this.#fold(customer, reservation, opener);
    const taken = customer.waiting.filter((one) => one.event.tableId === event.tableId && one.t >= t - graceMs && one.t < t + sizeMs);
    customer.waiting = customer.waiting.filter((one) => !taken.includes(one));
    for (const visit of taken.sort((a, b) => a.t - b.t || byOffset(a, b) || a.serial - b.serial)) {
      if (reservation.closed === undefined) {
        this.#fold(customer, reservation, visit);
        customer.counts.folded++;
      } else {
        const ended = this.#judge(customer, visit);
        if (ended !== 'waiting') customer.counts[ended]++;
      }
    }
  }

  #fold(customer: Customer, reservation: Reservation, visit: Visit): void {
    const { event, t, source } = visit;
    const { status, start, closesAt } = reservation;
    reservation.sources.push(source);
    if (event.type === 'CustomerPaidForTable') {
      if (status === 'PAID_FOR') this.told.push(toldOfVisit(visit, { type: 'PaymentRejected', reason: 'ALREADY_PAID' }, reservation, { closesAt }));
      reservation.status = 'PAID_FOR';
      if (this.#settings.settle === 'early') this.#close(customer, reservation, 'condition', Math.max(t, start));
    }
    if (event.type === 'CustomerCancelledReservation') {
      reservation.refundDue = status === 'PAID_FOR';
      reservation.status = 'CANCELLED';
      this.#close(customer, reservation, 'condition', Math.max(t, start));
    }
  }

  #close(customer: Customer, reservation: Reservation, by: ClosedBy, freeFrom: number): void {
    reservation.closed = { by, freeFrom };
    this.told.push(toldOfClosing(customer.id, reservation, by));
  }

  /** W8: it has waited in vain, or came when it was no use to wait. */
  #inVain(customer: Customer, visit: Visit): void {
    const sorted = customer.reservations
      .filter((one) => one.tableId === visit.event.tableId && one.start - this.#settings.graceMs <= visit.t)
      .sort((a, b) => a.start - b.start || a.serial - b.serial);
    const latest = sorted.at(-1);
    this.#tellLate(customer, visit, latest === undefined ? 'NO_WINDOW' : 'LATE', latest);
  }

  /** B5, B7, B9. */
  #tellLate(customer: Customer, visit: Visit, code: LateTold['code'], reservation: Reservation | undefined, wouldClose: number | null = null): void {
    const { event, t, source, since } = visit;
    this.late.push({ code, customerId: customer.id, timestamp: t, source });
    const about =
      reservation === undefined
        ? { closesAt: wouldClose }
        : {
            closesAt: reservation.closesAt,
            afterEnd: Math.max(0, t - reservation.end),
            afterClose: Math.max(0, Number.isFinite(since) ? since - reservation.closesAt : 0),
          };
    const tell = (what: Parameters<typeof toldOfVisit>[1]): unknown => this.told.push(toldOfVisit(visit, what, reservation, about));
    const status = reservation?.status;
    if (event.type === 'CustomerRequestedTable') tell({ type: 'RequestRejected', reason: 'LATE' });
    if (event.type === 'CustomerPaidForTable') {
      const reasons = { PAID_FOR: 'ALREADY_PAID', CANCELLED: 'CANCELLED', AWAITING_PAYMENT: 'LATE' };
      tell({ type: 'PaymentRejected', reason: status === undefined ? 'NO_RESERVATION' : reasons[status] });
    }
    if (event.type === 'CustomerCancelledReservation' && reservation?.closed !== undefined && status === 'PAID_FOR') {
      tell({ type: 'ReservationCancelled', reason: 'CANCELLED_BY_CUSTOMER', refundDue: true });
      reservation.status = 'CANCELLED';
    }
  }

  #settleAll(now: number): void {
    this.#settle(this.#customers, this.#watermark, now);
  }

  /** T1, W3 (e): in the order of instant, key; a window before what waits. Then W8. */
  #settle(customers: readonly Customer[], watermark: number, now: number): void {
    for (;;) {
      const due = customers.flatMap((customer) => [
        ...customer.reservations
          .filter((one) => !one.closed)
          .map((one) => ({ customer, at: one.closesAt, rank: 0, since: one.start, serial: one.serial, window: one, visit: undefined })),
        ...customer.waiting.map((one) => ({
          customer,
          at: one.t + this.#settings.graceMs,
          rank: 1,
          since: one.t,
          serial: one.serial,
          window: undefined,
          visit: one,
        })),
      ]);
      due.sort((a, b) => a.at - b.at || a.rank - b.rank || a.since - b.since || byName(a.customer, b.customer) || a.serial - b.serial);
      const next = due[0];
      if (next === undefined || next.at > watermark) break;
      const { customer, window, visit } = next;
      customer.written = now;
      if (window !== undefined) this.#close(customer, window, 'watermark', window.end);
      if (visit === undefined) continue;
      customer.waiting = customer.waiting.filter((one) => one !== visit);
      this.#inVain(customer, visit);
      customer.counts.late++;
    }
    for (const customer of customers) {
      const kept = customer.reservations.filter((one) => one.closed === undefined || one.closesAt + this.#settings.retentionMs > watermark);
      customer.reservations = kept;
    }
  }

  /** T6. */
  #closeEarly(by: 'maxHold' | 'operator', upTo: number, now: number): void {
    const overdue = this.#customers.flatMap((customer) =>
      customer.reservations.filter((one) => !one.closed && one.closesAt <= upTo).map((window) => ({ customer, window })),
    );
    overdue.sort(
      (a, b) =>
        a.window.closesAt - b.window.closesAt ||
        a.window.start - b.window.start ||
        byName(a.customer, b.customer) ||
        a.window.serial - b.window.serial,
    );
    for (const { customer, window } of overdue) {
      this.#close(customer, window, by, window.end);
      customer.written = now;
    }
  }

  #watermarkOf(customer: Customer): number {
    return this.#settings.scope === 'key' && this.#settings.mode === 'stream' ? Math.max(this.#watermark, customer.watermark) : this.#watermark;
  }

  #customer(id: string): Customer {
    const known = this.#customers.find((one) => one.id === id);
    if (known !== undefined) return known;
    const made = newCustomer(id);
    this.#customers.push(made);
    return made;
  }
}
