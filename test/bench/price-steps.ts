import type { Count } from './price-counts.ts';
import { RESERVATIONS } from './price-drive.ts';
import type { Bill } from './price-list.ts';

/** One step of all reservations, as it was counted. */
export interface Step {
  readonly name: string;
  readonly counts: readonly Count[];
  /** For how long anything was called, to 50 ms. */
  readonly seconds: number;
  readonly workerRequests: number;
}

/** Sums of some steps, of both kinds of object or of one. */
export function sumOf(steps: readonly Step[], object?: Count['object']): { rows: number; rowsRead: number; requests: number; messages: number } {
  const counts = steps.flatMap((step) => step.counts).filter((count) => object === undefined || count.object === object);
  const sum = { rows: 0, rowsRead: 0, requests: 0, messages: 0 };
  for (const { entry, calls, rows, rowsRead } of counts) {
    sum.rows += Object.values(rows).reduce((a, b) => a + b, 0);
    sum.rowsRead += rowsRead;
    if (entry === 'webSocketMessage') sum.messages += calls;
    else if (entry !== 'constructor') sum.requests += calls;
  }
  return sum;
}

/** What one reservation takes, on average. A step's time is taken twice, once for the partition and once for its customers: no object was active for longer. */
export function billOf(steps: readonly Step[]): Bill {
  const { rows, rowsRead, requests, messages } = sumOf(steps);
  const seconds = steps.reduce((sum, step) => sum + step.seconds, 0);
  return {
    workerRequests: steps.reduce((sum, step) => sum + step.workerRequests, 0) / RESERVATIONS,
    objectRequests: requests / RESERVATIONS,
    messages: messages / RESERVATIONS,
    rowsWritten: rows / RESERVATIONS,
    rowsRead: rowsRead / RESERVATIONS,
    activeSeconds: (2 * seconds) / RESERVATIONS,
  };
}

/** Every entry point of a step with its calls and the statements that wrote, a reservation. */
export function detailOf({ name, counts, seconds }: Step): string {
  const each = (n: number): string => (n / RESERVATIONS).toFixed(3);
  const lines = counts.map(({ object, entry, calls, rows, rowsRead, deletions }) => {
    const written = Object.entries(rows).map(([what, count]) => `${what} ${each(count)}`);
    const gone = deletions === 0 ? [] : [`deleteAll ${each(deletions)}`];
    return `    ${object}.${entry}: calls ${each(calls)}, rows read ${each(rowsRead)}; ${[...written, ...gone].join(', ') || 'writes nothing'}`;
  });
  return [`  ${name} (${seconds.toFixed(2)} s)`, ...lines].join('\n');
}
