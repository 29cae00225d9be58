import { amount, median, rates, ratios } from './figures.ts';
import { KINDS, type Kind } from './kinds/stream.ts';
import type { Round } from './one.ts';
import { race } from './rival.ts';
import type { Row } from './table.ts';

/** A record of each key every 10 s: the greater stream is 60 s of them, in which all kinds of windows close all the time. */
const FEW = { keys: 1_000, count: 300_000 };
const MANY = { keys: 100_000, count: 600_000 };
const HOW = { rounds: 3, warmUps: 2 };
const AIM = '0.4';

type Size = typeof FEW;

/** Rounds of the engine, of the loop by hand, and of that with ids. */
interface Raced {
  readonly engine: readonly Round[];
  readonly byHand: readonly Round[];
  readonly withIds: readonly Round[];
}

/**
 * Records per second of processor time for each kind of window, finals alone told, beside a loop by hand of the same semantics: it gives the same finals in the same order,
 * which is seen before anything is timed. Then what a record costs with a hundred times as many keys, beside a loop that only finds each key in a Map.
 */
export async function run(): Promise<readonly Row[]> {
  const few = await touched(FEW);
  const many = await touched(MANY);
  process.stderr.write(`  only the Map: ${amount(few / 1e3)} µs, ${amount(many / 1e3)} µs a record\n`);
  const rows: Row[] = [];
  for (const kind of KINDS) {
    const [atFew, atMany] = [await raced(kind, FEW), await raced(kind, MANY)];
    rows.push(...ratesOf(kind, FEW, atFew), ...ratesOf(kind, MANY, atMany), costOf(kind, atFew, atMany, { few, many }));
  }
  return rows;
}

async function raced(kind: Kind, { keys, count }: Size): Promise<Raced> {
  process.stderr.write(`  ${kind}: ${keys} keys\n`);
  const entrants = ['oriel', 'by-hand', 'by-hand-ids'].map((name) => ({ script: 'kinds/one.ts', args: [kind, name, keys, count] }));
  const [engine = [], byHand = [], withIds = []] = await race(entrants, HOW);
  for (const [name, rounds] of Object.entries({ engine, byHand, withIds })) process.stderr.write(`    ${name}: ${rates(rounds.map(rate))}\n`);
  return { engine, byHand, withIds };
}

/** Ns a record where only a Map of that many keys is touched. */
async function touched({ keys, count }: Size): Promise<number> {
  const [rounds = []] = await race([{ script: 'kinds/one.ts', args: ['tumbling', 'touch', keys, count] }], HOW);
  return median(rounds.map(nanoseconds));
}

function ratesOf(kind: Kind, { keys }: Size, { engine, byHand, withIds }: Raced): Row[] {
  const ours = engine.map(rate);
  return [byHand, withIds].map((rounds) => {
    const theirs = rounds.map(rate);
    return {
      group: 'kinds',
      figure: `records/s, ${kind}, ${keys.toLocaleString('en')} keys`,
      value: rates(ours),
      beside: `${rounds === byHand ? 'by hand' : 'by hand, with ids'}: ${rates(theirs)}`,
      ratio: ratios(ours.map((our, i) => our / (theirs[i] ?? median(theirs)))),
      ...(rounds === byHand ? { aim: AIM } : {}),
    };
  });
}

/** What a record costs at the most keys, as a multiple of what it costs at the fewest, and how that stands to the loop by hand, what the Map costs being taken off each. */
function costOf(kind: Kind, few: Raced, many: Raced, map: { readonly few: number; readonly many: number }): Row {
  const at = (rounds: readonly Round[]): number => median(rounds.map(nanoseconds));
  const told = (from: number, to: number): string => `${amount(from / 1e3)} µs, ${amount(to / 1e3)} µs`;
  const growth = (from: readonly Round[], to: readonly Round[]): string => ((at(to) - map.many) / (at(from) - map.few)).toFixed(2);
  const rest = (at(many.byHand) - map.many) / (at(many.engine) - map.many);
  return {
    group: 'kinds',
    figure: `cost of a record, ${kind}, ${FEW.keys.toLocaleString('en')} and ${MANY.keys.toLocaleString('en')} keys`,
    value: told(at(few.engine), at(many.engine)),
    beside: `by hand: ${told(at(few.byHand), at(many.byHand))}; only the Map: ${told(map.few, map.many)}`,
    ratio: `without the Map: grows ${growth(few.engine, many.engine)} times (by hand ${growth(few.byHand, many.byHand)}); ${rest.toFixed(2)} of by hand at the most keys`,
  };
}

function rate({ records, seconds }: Round): number {
  return records / seconds;
}

function nanoseconds({ records, seconds }: Round): number {
  return (seconds / records) * 1e9;
}
