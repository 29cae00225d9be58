import { rates, ratios } from './figures.ts';
import { NAMES, type Name, QUERIES } from './nexmark/by-hand.ts';
import type { Round } from './one.ts';
import { race } from './rival.ts';
import type { Row } from './table.ts';

/** 40 s of 10,000 events a second. */
const STREAM = { rate: 10_000, count: 400_000 };
const HOW = { rounds: 3, warmUps: 1 };

/**
 * Events per second of processor time, those that a query passes over included: five queries of Nexmark as pipelines of operators (Q12 as steps of the engine), beside each
 * of them by hand, whose rows are the same. That both say what a naive oracle says is tested on smaller streams.
 */
export async function run(): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const name of NAMES) rows.push(await rowOf(name));
  return rows;
}

async function rowOf(name: Name): Promise<Row> {
  process.stderr.write(`  ${name}\n`);
  const entrants = ['pipelines', 'by-hand'].map((module) => ({ script: 'nexmark/one.ts', args: [name, module, STREAM.rate, STREAM.count] }));
  const [ours = [], byHand = []] = (await race(entrants, HOW)).map((rounds) => rounds.map(rate));
  return {
    group: 'nexmark',
    figure: `events/s, ${QUERIES[name].title}`,
    value: rates(ours),
    beside: `by hand: ${rates(byHand)}`,
    ratio: ratios(ours.map((our, i) => our / (byHand[i] as number))),
  };
}

function rate({ records, seconds }: Round): number {
  return records / seconds;
}
