/**
 * A process of its own for one of the loops over windows of one kind: makes the records, and runs the whole of them each time it is told to.
 * `node --expose-gc one.ts KIND LOOP KEYS COUNT`, with an IPC channel; LOOP is a module beside this one.
 */
import type { Round } from '../one.ts';
import type { LoopOf } from './loop.ts';
import { type Kind, paymentsOf } from './stream.ts';

const HOUR = 3_600_000;

const [kind = '', name = '', keys = '', count = ''] = process.argv.slice(2);
const { loopOf } = (await import(new URL(`${name}.ts`, import.meta.url).href)) as { loopOf: LoopOf };
const records = paymentsOf(Number(keys), Number(count));
const end = (records.at(-1)?.timestamp ?? 0) + HOUR;

process.on('message', () => process.send?.(round()));
process.send?.('ready');

function round(): Round {
  globalThis.gc?.();
  let finals = 0;
  let inOrder = 0;
  const loop = loopOf(kind as Kind, (key, start, sum, timestamp) => {
    finals++;
    inOrder = (Math.imul(inOrder, 31) + rowSum(key, start, sum, timestamp)) | 0;
  });
  const started = process.cpuUsage();
  for (const record of records) loop.take(record);
  loop.claim(end);
  const { user, system } = process.cpuUsage(started);
  let open = 0;
  let inAnyOrder = 0;
  loop.open((key, start, sum, timestamp) => {
    open++;
    inAnyOrder = (inAnyOrder + Math.imul(rowSum(key, start, sum, timestamp), 31)) | 0;
  });
  const said = Object.entries({ finals, inOrder, open, inAnyOrder, late: loop.late });
  return { records: records.length, seconds: (user + system) / 1e6, said };
}

function rowSum(key: string, start: number, sum: number, timestamp: number): number {
  return (key.charCodeAt(key.length - 1) + start + Math.imul(sum, 7_919) + Math.imul(timestamp % 1_000_003, 101)) | 0;
}
