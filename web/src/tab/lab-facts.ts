import type { LiveOutcome } from '../../../src/client.ts';
import type { Fact } from '../explanation.ts';
import type { Comparison, LabRecord, LabState } from '../lab/state.ts';
import { instant, span } from '../moments.ts';

/** What the lab knows of a reservation beside what its outcome says: each record, and what Kafka Streams made of the same ones. */
export function labFacts({ records, comparisons, settings, now }: LabState, { key, table, start }: Reservation): readonly Fact[] {
  const closesAt = start + settings.windowMs + settings.graceMs;
  const own = records.filter((record) => record.key === key && record.table === table && record.timestamp >= start && record.timestamp < closesAt);
  const compared = comparisons.find((one) => one.key === key && one.table === table && one.requested === start);
  return [
    ...own.map((record) => ({ term: NAMES[record.type], text: recordWords(record, start, now) })),
    ...(compared === undefined ? [] : [{ term: 'Kafka Streams', text: theirWords(compared, start) }]),
  ];
}

export interface Reservation {
  readonly key: string;
  readonly table: string;
  /** The start of its window. */
  readonly start: number;
}

/** The reservation that an outcome is about, where it says its window. */
export function reservationOf({ key, value }: LiveOutcome): Reservation | undefined {
  const { window, tableId } = value;
  if (typeof tableId !== 'string' || typeof window !== 'object' || window === null || !('start' in window)) return undefined;
  return typeof window.start === 'number' ? { key, table: tableId, start: window.start } : undefined;
}

const NAMES = { CustomerRequestedTable: 'Request', CustomerPaidForTable: 'Payment', CustomerCancelledReservation: 'Cancellation' } as const;

function recordWords({ timestamp, appended, delivered, offset, fate }: LabRecord, near: number, now: number): string {
  const when = `${instant(timestamp, near)}, in the log ${span(appended - timestamp)} later as ${offset}`;
  if (delivered === null) return appended > now ? `${when}; ahead of now` : `${when}; waits there`;
  const after = delivered - appended >= 1_000 ? `, read ${span(delivered - appended)} after that` : '';
  return `${when}${after}${fate === null || fate === 'folded' ? '' : `; ${fate}`}`;
}

const VERDICTS = { kept: 'kept the table', freed: 'freed the table', cancelled: 'told the cancellation' } as const;

function theirWords({ theirs, differs }: Comparison, near: number): string {
  if (theirs === null) return differs === 'silent' ? 'has not told yet: it waits for another record' : 'has not told yet';
  const wrong = differs === 'wrong' ? ', which is wrong' : differs === 'early' ? ', while the source was still behind' : '';
  return `${VERDICTS[theirs.verdict]} at ${instant(theirs.at, near)}${wrong}`;
}
