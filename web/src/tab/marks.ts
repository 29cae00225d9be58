import type { LabRecord } from '../lab/state.ts';
import type { Lane, LaneWindow } from '../lanes.ts';

/** A record as it shows in its customer's lane: at its event time. */
export interface Mark {
  readonly offset: number;
  readonly kind: 'request' | 'payment' | 'cancellation';
  readonly at: number;
  /** Of the window that it is about. */
  readonly row: number;
  /** Where it was late: the instant at which the engine got it. */
  readonly lateUntil: number | null;
  /** It still waits in the log. */
  readonly waiting: boolean;
}

const KINDS = { CustomerRequestedTable: 'request', CustomerPaidForTable: 'payment', CustomerCancelledReservation: 'cancellation' } as const;

export type RecordsByKey = ReadonlyMap<string, readonly LabRecord[]>;

export function recordsByKey(records: readonly LabRecord[]): RecordsByKey {
  const byKey = new Map<string, LabRecord[]>();
  for (const record of records) {
    const found = byKey.get(record.key);
    if (found === undefined) byKey.set(record.key, [record]);
    else found.push(record);
  }
  return byKey;
}

/** The records of a lane's customer that are about one of its windows: what came before its windows began, or is of another table, is left out. */
export function marksOf(lane: Lane, records: readonly LabRecord[]): readonly Mark[] {
  return records.flatMap((record) => {
    const placed = windowOf(lane, record);
    if (placed === undefined) return [];
    const { offset, type, timestamp, delivered, appended, fate } = record;
    return [
      {
        offset,
        kind: KINDS[type],
        at: timestamp,
        row: placed.row,
        lateUntil: fate === 'late' ? (delivered ?? appended) : null,
        waiting: delivered === null,
      },
    ];
  });
}

/** The window of a record's table that began last before it. */
export function windowOf({ windows }: Lane, { table, timestamp }: LabRecord): LaneWindow | undefined {
  return windows.findLast(({ window }) => window.id === table && window.start <= timestamp);
}
