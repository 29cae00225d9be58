/**
 * A process of its own for one answer to a query: makes the events, and answers the whole of them each time it is told to.
 * `node --expose-gc one.ts QUERY ANSWERS RATE COUNT`, with an IPC channel; ANSWERS is a module beside this one.
 */
import type { Round } from '../one.ts';
import type { Answers, Name } from './by-hand.ts';
import { eventsOf } from './events.ts';

const [name = '', module = '', rate = '', count = ''] = process.argv.slice(2);
const { answers } = (await import(new URL(`${module}.ts`, import.meta.url).href)) as { answers: Answers };
const events = eventsOf(Number(count), Number(rate));

process.on('message', () => process.send?.(round()));
process.send?.('ready');

function round(): Round {
  globalThis.gc?.();
  let rows = 0;
  let inAnyOrder = 0;
  const answering = answers(name as Name, (...row) => {
    rows++;
    let sum = 0;
    for (const cell of row) sum = (Math.imul(sum, 31) + (typeof cell === 'number' ? cell % 2_147_483_647 : cell.length)) | 0;
    inAnyOrder = (inAnyOrder + Math.imul(sum, sum | 1)) | 0;
  });
  const started = process.cpuUsage();
  for (const event of events) answering.take(event);
  answering.end();
  const { user, system } = process.cpuUsage(started);
  return { records: events.length, seconds: (user + system) / 1e6, said: Object.entries({ rows, inAnyOrder }) };
}
