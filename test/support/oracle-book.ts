import type { Source } from '../../src/core/record.ts';
import type { ReservationEvent } from '../../src/reservation/events.ts';

export interface OracleSettings {
  readonly sizeMs: number;
  readonly graceMs: number;
  readonly retentionMs: number;
  readonly settle: 'close' | 'early';
  readonly mode: 'source' | 'clock' | 'stream';
  readonly scope: 'partition' | 'key';
  readonly maxFutureMs: number;
  readonly maxHoldMs?: number;
}

export type ClosedBy = 'watermark' | 'condition' | 'maxHold' | 'operator';

/** What is told of one reservation or one record. `decidedBy` is the record that makes it one of its own (R2). */
export interface Told {
  readonly type: string;
  readonly customerId: string;
  readonly tableId: string;
  readonly reason?: string;
  readonly refundDue?: true;
  readonly window?: { readonly start: number; readonly end: number };
  readonly closesAt: number | null;
  readonly timestamp: number;
  readonly sources: readonly Source[];
  readonly count: number;
  readonly closedBy?: ClosedBy;
  readonly afterEnd?: number;
  readonly afterClose?: number;
  readonly gap?: true;
  readonly decidedBy?: Source | { readonly at: number };
}

export interface LateTold {
  readonly code: 'LATE' | 'NO_WINDOW' | 'ALREADY_CLOSED';
  readonly customerId: string;
  readonly timestamp: number;
  readonly source: Source | undefined;
}

export interface Visit {
  readonly event: ReservationEvent;
  readonly t: number;
  readonly source: Source | undefined;
  readonly since: number;
  readonly serial: number;
}

export interface Reservation {
  readonly tableId: string;
  readonly start: number;
  readonly end: number;
  readonly closesAt: number;
  readonly serial: number;
  readonly twin: Source | undefined;
  status: 'AWAITING_PAYMENT' | 'PAID_FOR' | 'CANCELLED';
  refundDue: boolean;
  sources: (Source | undefined)[];
  gap: boolean;
  closed?: { readonly by: ClosedBy; readonly freeFrom: number };
}

export interface Customer {
  readonly id: string;
  counts: { folded: number; late: number; rejected: number; duplicate: number };
  reservations: Reservation[];
  waiting: Visit[];
  offsets: { log: string; offset: bigint }[];
  ids: { id: string; until: number }[];
  watermark: number;
  written: number;
}

export function newCustomer(id: string): Customer {
  const counts = { folded: 0, late: 0, rejected: 0, duplicate: 0 };
  return { id, counts, reservations: [], waiting: [], offsets: [], ids: [], watermark: Number.NEGATIVE_INFINITY, written: 0 };
}

/** B2, B3, B7: what is told of a reservation that has closed. */
export function toldOfClosing(customerId: string, reservation: Reservation, by: ClosedBy): Told {
  const { status, tableId, start, end, closesAt, sources, refundDue, gap, twin } = reservation;
  return {
    type: status === 'PAID_FOR' ? 'ReservationConfirmed' : 'ReservationCancelled',
    customerId,
    tableId,
    ...(status === 'PAID_FOR' ? {} : { reason: status === 'CANCELLED' ? 'CANCELLED_BY_CUSTOMER' : 'PAYMENT_TIMED_OUT' }),
    ...(refundDue ? { refundDue: true as const } : {}),
    window: { start, end },
    closesAt,
    timestamp: end,
    sources: sources.filter((source) => source !== undefined),
    count: sources.length,
    closedBy: by,
    ...(gap ? { gap: true as const } : {}),
    ...(twin === undefined ? {} : { decidedBy: twin }),
  };
}

/** What is told of one record, and of the reservation that it belongs to, if to any. */
export function toldOfVisit(
  { event: { customerId, tableId }, t, source }: Visit,
  what: { readonly type: string; readonly reason: string; readonly refundDue?: true },
  reservation: Reservation | undefined,
  about: { readonly closesAt: number | null; readonly afterEnd?: number; readonly afterClose?: number },
): Told {
  return {
    ...what,
    customerId,
    tableId,
    ...(reservation === undefined ? {} : { window: { start: reservation.start, end: reservation.end } }),
    timestamp: t,
    sources: source === undefined ? [] : [source],
    count: 1,
    ...(reservation?.closed === undefined ? {} : { closedBy: reservation.closed.by }),
    ...about,
    ...(reservation?.gap ? { gap: true as const } : {}),
    decidedBy: source ?? { at: t },
  };
}

/** The order of the UTF-8 bytes of their names. */
export function byName(a: Customer, b: Customer): number {
  return Buffer.compare(Buffer.from(a.id), Buffer.from(b.id));
}

export function byOffset(a: Visit, b: Visit): number {
  if (a.source === undefined || b.source === undefined || !('offset' in a.source) || !('offset' in b.source)) return 0;
  return Number(BigInt(a.source.offset) - BigInt(b.source.offset));
}

/** R5. */
export function isDuplicate(customer: Customer | undefined, source: Source | undefined, now: number): boolean {
  if (customer === undefined || source === undefined) return false;
  if ('id' in source) return customer.ids.some(({ id, until }) => id === source.id && until > now);
  const log = `${source.topic} ${source.partition} ${source.incarnation}`;
  return customer.offsets.some((one) => one.log === log && BigInt(source.offset) <= one.offset);
}
