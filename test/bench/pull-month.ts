import type { Count } from './price-counts.ts';
import { type Bill, priceOf } from './price-list.ts';
import { sumOf } from './price-steps.ts';
import type { Counted } from './pull-run.ts';

/** A month has 30 days. */
export const MONTH_S = 2_592_000;
/** The schedule of `wrangler.toml`: every 5 min. */
const SCHEDULED_A_MONTH = MONTH_S / 300;
const NOTHING: Bill = { workerRequests: 0, objectRequests: 0, messages: 0, rowsWritten: 0, rowsRead: 0, activeSeconds: 0 };

/** Dollars a month, and what they are for. */
export interface Parts {
  readonly all: number;
  readonly duration: number;
  readonly rows: number;
  readonly requests: number;
}

/** What objects of a kind take a month at the rates that were counted. */
export function monthOf({ counts, seconds }: Pick<Counted, 'counts' | 'seconds'>, object: Count['object']): Bill {
  const { rows, rowsRead, requests, messages } = sumOf([{ name: '', counts, seconds, workerRequests: 0 }], object);
  const own = counts.filter((count) => count.object === object);
  // A sheet of outcomes is deleted when it is past retention.
  const sheets = own.reduce((sum, { rows: of }) => sum + (of['sheets: INSERT'] ?? 0), 0);
  const awakeMs = own.reduce((sum, count) => sum + count.awakeMs, 0);
  const times = MONTH_S / seconds;
  return {
    workerRequests: 0,
    objectRequests: requests * times,
    messages: messages * times,
    rowsWritten: (rows + sheets) * times,
    rowsRead: rowsRead * times,
    activeSeconds: (awakeMs / 1_000) * times,
  };
}

/** With what the schedule adds: each time a request of the Worker, and of it what was counted in the partition. */
export function withSchedule(bill: Bill, scheduled: readonly Count[]): Bill {
  const once = sumOf([{ name: '', counts: scheduled, seconds: 0, workerRequests: 0 }]);
  return {
    ...bill,
    workerRequests: bill.workerRequests + SCHEDULED_A_MONTH,
    objectRequests: bill.objectRequests + SCHEDULED_A_MONTH * once.requests,
    rowsWritten: bill.rowsWritten + SCHEDULED_A_MONTH * once.rows,
    rowsRead: bill.rowsRead + SCHEDULED_A_MONTH * once.rowsRead,
  };
}

/** So many times as much. */
export function timesOf(bill: Bill, times: number): Bill {
  return {
    workerRequests: bill.workerRequests * times,
    objectRequests: bill.objectRequests * times,
    messages: bill.messages * times,
    rowsWritten: bill.rowsWritten * times,
    rowsRead: bill.rowsRead * times,
    activeSeconds: bill.activeSeconds * times,
  };
}

export function partsOf(bill: Bill): Parts {
  const { activeSeconds, rowsWritten, rowsRead } = bill;
  return {
    all: priceOf(bill),
    duration: priceOf({ ...NOTHING, activeSeconds }),
    rows: priceOf({ ...NOTHING, rowsWritten, rowsRead }),
    requests: priceOf({ ...bill, activeSeconds: 0, rowsWritten: 0, rowsRead: 0 }),
  };
}

/** What it takes a month that each request to a gateway is waited for so much longer than on this machine: an object that is awake all the time cannot be for longer. */
export function roundTripsOf(counted: Pick<Counted, 'asked' | 'seconds' | 'counts'>, ms: number): number {
  const requests = Object.values(counted.asked).reduce((a, b) => a + b, 0);
  const asleep = Math.max(0, MONTH_S - monthOf(counted, 'partition').activeSeconds);
  return priceOf({ ...NOTHING, activeSeconds: Math.min(asleep, (requests * ms * MONTH_S) / (1_000 * counted.seconds)) });
}
