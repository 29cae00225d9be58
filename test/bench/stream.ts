import type { LogSource, StreamRecord } from '../../src/core/record.ts';
import type { ReservationEvent } from '../../src/reservation/events.ts';

export const MINUTE = 60_000;
export const SIZE_MS = 15 * MINUTE;
export const GRACE_MS = MINUTE;
/** Short, so that keys with many visits also forget. */
export const RETENTION_MS = 30 * MINUTE;

/** Records between two claims of the source: few enough that the least of the streams is claimed every 15 s, and no visit is late by another. */
export const FRAME = 25;

/** What goes in: a frame's records, then the claim that follows it. */
export interface Frame<Item> {
  readonly records: readonly Item[];
  readonly claim: number;
}

/** A record as its line in a file; what a bridge reads. */
export interface Line {
  readonly offset: string;
  readonly timestamp: number;
  readonly key: string;
  readonly value: ReservationEvent;
}

const START = Date.UTC(2026, 0, 5, 12);
const BETWEEN_VISITS = 20 * MINUTE;
const [ASKS, PAYS, CANCELS] = ['CustomerRequestedTable', 'CustomerPaidForTable', 'CustomerCancelledReservation'] as const;

/**
 * About `count` records of `keys` customers, as lines of JSON: each asks for one of two tables every 20 minutes, and then pays in time (65 %; some twice, some before the
 * request has come), pays up to 2.5 minutes too late (15 %), cancels (12 %, some having paid, some paying afterwards) or does nothing. One record in twenty comes twice.
 */
export function linesOf(keys: number, count: number): Frame<string>[] {
  const random = seeded(1);
  const events: Event[] = [];
  for (let visit = 0; events.length < count; visit++) {
    const customer = visit % keys;
    events.push(...eventsOf(customer, START + Math.floor((BETWEEN_VISITS * visit) / keys), random));
  }
  events.sort((a, b) => a.at - b.at);
  const lines = events.flatMap(({ at, customer, table, type }, offset) => {
    const key = `customer-${customer}`;
    const line: Line = { offset: String(offset), timestamp: at, key, value: { type, customerId: key, tableId: `table-${table}` } };
    return Array.from({ length: random() < 0.05 ? 2 : 1 }, () => ({ at, text: JSON.stringify(line) }));
  });
  const frames: Frame<string>[] = [];
  for (let from = 0; from < lines.length; from += FRAME) {
    const frame = lines.slice(from, from + FRAME);
    frames.push({ records: frame.map(({ text }) => text), claim: (lines[from + FRAME] ?? frame.at(-1))?.at ?? START });
  }
  return frames;
}

interface Event {
  readonly at: number;
  readonly customer: number;
  readonly table: number;
  readonly type: ReservationEvent['type'];
}

function eventsOf(customer: number, at: number, random: () => number): Event[] {
  const table = random() < 0.5 ? 1 : 2;
  const fate = random();
  const event = (type: Event['type'], after: number): Event => ({ at: at + Math.floor(after), customer, table, type });
  const events = [event(ASKS, 0)];
  const soon = random() * 12 * MINUTE;
  if (fate < 0.03) events.unshift(event(PAYS, -random() * 0.5 * MINUTE));
  else if (fate < 0.65) events.push(event(PAYS, soon));
  else if (fate < 0.8) events.push(event(PAYS, SIZE_MS + GRACE_MS + random() * 2.5 * MINUTE));
  else if (fate < 0.92) events.push(event(CANCELS, soon));
  if (fate >= 0.03 && fate < 0.06) events.push(event(PAYS, soon + MINUTE));
  else if (fate >= 0.06 && fate < 0.08) events.push(event(CANCELS, soon + MINUTE));
  else if (fate >= 0.8 && fate < 0.82) events.push(event(PAYS, soon + MINUTE));
  return events;
}

/** The same, parsed: every record with objects and texts of its own, as they come out of a parser. */
export function recordsOf(frames: readonly Frame<string>[]): Frame<StreamRecord<ReservationEvent>>[] {
  return frames.map(({ records, claim }) => ({ claim, records: records.map((text) => recordOf(JSON.parse(text) as Line)) }));
}

export function recordOf({ offset, timestamp, key, value }: Line): StreamRecord<ReservationEvent> {
  return { key, value, timestamp, source: sourceOf(offset) };
}

export function sourceOf(offset: string): LogSource {
  return { topic: 'customer-events', partition: 0, offset };
}

/** The generator of Park and Miller (1988): 16807 x mod 2^31 - 1. */
function seeded(seed: number): () => number {
  let x = seed;
  return () => {
    x = (x * 16_807) % 2_147_483_647;
    return x / 2_147_483_647;
  };
}
