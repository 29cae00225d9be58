/**
 * A process of its own for one contender, so that none meets another's heap or compiled code: makes the stream, and runs the whole of it each time it is told to.
 * `node --expose-gc one.ts CONTENDER FORMAT KEYS COUNT`, with an IPC channel; FORMAT is `records` or `lines`.
 */
import type { Contender, Loop, Visit } from './contender.ts';
import { type Frame, linesOf, recordsOf } from './stream.ts';

/** What a round tells. */
export interface Round {
  readonly records: number;
  /** Of the processor, over all threads of the process, the collector's too: who else is on the machine does not count. */
  readonly seconds: number;
  /** What was said, by name, in the order of the names. */
  readonly said: readonly (readonly [string, number])[];
}

const [name = '', format = '', keys = '', count = ''] = process.argv.slice(2);
const { contender } = (await import(new URL(`${name}.ts`, import.meta.url).href)) as { contender: Contender };
const lines = linesOf(Number(keys), Number(count));
const total = lines.reduce((sum, { records }) => sum + records.length, 0);
const parsed = format === 'records' ? recordsOf(lines) : undefined;
if (parsed !== undefined) lines.length = 0;

process.on('message', (asked: 'round' | { readonly windows: number }) => process.send?.(asked === 'round' ? round() : heapOf(asked.windows)));
process.send?.('ready');

function round(): Round {
  globalThis.gc?.();
  const loop = contender.create();
  const started = process.cpuUsage();
  if (parsed === undefined) runLines(loop, lines);
  else runRecords(loop, parsed);
  const { user, system } = process.cpuUsage(started);
  const seconds = (user + system) / 1e6;
  return { records: total, seconds, said: [...loop.counts].sort(([a], [b]) => (a < b ? -1 : 1)) };
}

/** The loop's heap after a request from each of so many customers, the requests themselves being gone. */
function heapOf(windows: number): number {
  const loop = contender.create();
  const at = Date.UTC(2026, 0, 5, 12);
  globalThis.gc?.();
  const before = process.memoryUsage().heapUsed;
  for (let n = 0; n < windows; n++) {
    const key = `customer-${n}`;
    const value = { type: 'CustomerRequestedTable', customerId: key, tableId: `table-${n % 100}` };
    loop.take(contender.read(JSON.stringify({ offset: String(n), timestamp: at, key, value })), at);
  }
  globalThis.gc?.();
  const after = process.memoryUsage().heapUsed;
  // Not collected before it was measured.
  loop.claim(at);
  return after - before;
}

function runRecords(loop: Loop, frames: readonly Frame<Visit>[]): void {
  let watermark = Number.NEGATIVE_INFINITY;
  for (const { records, claim } of frames) {
    for (const record of records) loop.take(record, watermark);
    watermark = claim;
    loop.claim(watermark);
  }
}

function runLines(loop: Loop, frames: readonly Frame<string>[]): void {
  let watermark = Number.NEGATIVE_INFINITY;
  for (const { records, claim } of frames) {
    for (const text of records) loop.take(contender.read(text), watermark);
    watermark = claim;
    loop.claim(watermark);
  }
}
