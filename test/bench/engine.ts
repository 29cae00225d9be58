import { median, rates, ratios } from './figures.ts';
import type { Round } from './one.ts';
import { race } from './rival.ts';
import type { Row } from './table.ts';

/** At the most keys a little more than 30 minutes of the stream, so that all are open, and windows close, before the end. */
const SIZES = [
  { keys: 100_000, count: 300_000 },
  { keys: 10_000, count: 100_000 },
  { keys: 1_000, count: 100_000 },
] as const;
const ROUNDS = 3;

interface Course {
  readonly format: 'records' | 'lines';
  readonly keys: number;
  readonly count: number;
}

/** Records per second of processor time: the reservation topology in the pure engine, beside the same by hand, in RxJS and in XState. */
export async function run(): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const size of SIZES) {
    const course: Course = { format: 'records', ...size };
    const most = size === SIZES[0];
    const [engine = [], ceiling = [], withIds = []] = await raced(['oriel', 'ceiling', 'ceiling-ids'], course, { rounds: ROUNDS, warmUps: 1 });
    rows.push(row(course, engine, 'by hand', ceiling, ...(most ? ['0.5'] : [])));
    rows.push(row(course, engine, 'by hand, with ids', withIds));
    // Slow enough that one round says it, and that nothing is gained by warming up.
    const [groups = []] = await raced(['rxjs-groupby'], course, { rounds: 1, warmUps: 0 });
    rows.push(row(course, engine, 'RxJS groupBy', groups, ...(most ? ['50'] : [])));
    const [actors = []] = await raced(['xstate-actors'], course, { rounds: 1, warmUps: 0 });
    rows.push(row(course, engine, 'XState, an actor a reservation', actors));
  }
  for (const size of SIZES) {
    const course: Course = { format: 'lines', ...size };
    const [engine = [], ceiling = []] = await raced(['oriel', 'ceiling'], course, { rounds: ROUNDS, warmUps: 1 });
    rows.push(row(course, engine, 'by hand, unchecked', ceiling));
  }
  return rows;
}

async function raced(names: readonly string[], course: Course, how: { readonly rounds: number; readonly warmUps: number }): Promise<Round[][]> {
  process.stderr.write(`  ${names.join(', ')}: ${course.keys} keys, ${course.format}\n`);
  const entrants = names.map((name) => ({ script: 'one.ts', args: [name, course.format, course.keys, course.count] }));
  const all = await race(entrants, how);
  for (const [i, rounds] of all.entries()) process.stderr.write(`    ${names[i]}: ${rates(rounds.map(rate))}\n`);
  return all;
}

/** Where the other ran fewer rounds, each of the engine's is set against its median. */
function row({ keys, format }: Course, engine: readonly Round[], name: string, other: readonly Round[], aim?: string): Row {
  const ours = engine.map(rate);
  const theirs = other.map(rate);
  const what = format === 'records' ? 'parsed records' : 'JSON text, parsed and checked';
  return {
    group: 'engine',
    figure: `records/s, ${keys.toLocaleString('en')} keys, ${what}`,
    value: rates(ours),
    beside: `${name}: ${rates(theirs)}`,
    ratio: ratios(ours.map((our, i) => our / (theirs[i] ?? median(theirs)))),
    ...(aim === undefined ? {} : { aim }),
  };
}

function rate({ records, seconds }: Round): number {
  return records / seconds;
}
