import { type EventLine, paid, requested } from '../support/events.ts';
import { IngestClient } from './ingest-client.ts';
import { BARE_CONFIG, quantile, TOKENS, withWorkers } from './ingest-host.ts';
import type { Row } from './table.ts';

const CUSTOMERS = 1_000;
const ONE_RECORDS = 6_000;
const WARM_PASSES = 4;
const ROUNDS = 5;

/** Both Workers side by side, each with a socket. */
interface Pair {
  readonly oriel: IngestClient;
  readonly bare: IngestClient;
}

interface Rates {
  readonly oriel: number[];
  readonly bare: number[];
}

/**
 * How many records a second the reservation Worker acknowledges over its socket, beside bare objects that only insert them: into one customer, into a thousand
 * that are awake, and into a thousand that have never been.
 */
export async function run(): Promise<readonly Row[]> {
  return withWorkers({ oriel: {}, bare: { config: BARE_CONFIG } }, async (urls) => {
    const open = (url: string): Promise<IngestClient> => IngestClient.open({ url, token: TOKENS.ORIEL_INGEST_TOKEN });
    const pair = { oriel: await open(urls.oriel), bare: await open(urls.bare) };
    const one = await rounds(pair, 1, ROUNDS, (round) => oneCustomer(`one-${round}`));
    const cold = await rounds(pair, 1, ROUNDS, (round) => manyCustomers(`many-${round}`, 1, 0));
    const warm = await rounds(pair, 1, ROUNDS, (round) => manyCustomers('many-0', WARM_PASSES, 1 + round * WARM_PASSES));
    pair.oriel.close();
    pair.bare.close();
    return [
      row('one customer', one, 'at least 0.5'),
      row(`${CUSTOMERS} customers, awake`, warm, 'at least 0.5'),
      row(`${CUSTOMERS} customers, first touch`, cold),
    ];
  });
}

/** The same records to both, in turns; which goes first alternates. The first `unmeasured` rounds warm up. */
async function rounds(pair: Pair, unmeasured: number, count: number, eventsOf: (round: number) => EventLine[]): Promise<Rates> {
  const rates: Rates = { oriel: [], bare: [] };
  for (let round = 0; round < unmeasured + count; round++) {
    const events = eventsOf(round);
    const order = round % 2 === 0 ? (['oriel', 'bare'] as const) : (['bare', 'oriel'] as const);
    for (const name of order) {
      const rate = await pair[name].send(events);
      if (round >= unmeasured) rates[name].push(rate);
    }
  }
  return rates;
}

/** A customer that asks for tables, pays for three in five of them soon after, and leaves the others to time out. */
function oneCustomer(key: string): EventLine[] {
  const now = Date.now();
  const events: EventLine[] = [];
  for (let table = 0; events.length < ONE_RECORDS; table++) {
    events.push(requested(key, `t${table}`, now));
    const earlier = table - 3;
    if (earlier >= 0 && earlier % 5 < 3) events.push(paid(key, `t${earlier}`, now));
  }
  return events.slice(0, ONE_RECORDS);
}

/** `passes` records a customer, in turns: a table is asked for, and paid for in the next pass. */
function manyCustomers(name: string, passes: number, first: number): EventLine[] {
  const now = Date.now();
  return Array.from({ length: passes }, (_, i) => first + i).flatMap((pass) => {
    const event = pass % 2 === 0 ? requested : paid;
    return Array.from({ length: CUSTOMERS }, (_, i) => event(`${name}-${i}`, `t${pass >> 1}`, now));
  });
}

function row(figure: string, { oriel, bare }: Rates, aim?: string): Row {
  const ratio = median(oriel.map((rate, i) => rate / (bare[i] as number)));
  return {
    group: 'ingest over the socket',
    figure,
    value: `${rateText(median(oriel))}/s`,
    beside: `bare objects ${rateText(median(bare))}/s`,
    ratio: ratio.toFixed(2),
    ...(aim === undefined ? {} : { aim }),
  };
}

function rateText(rate: number): string {
  return `${Math.round(rate).toLocaleString('en')} records`;
}

function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

if (import.meta.main) console.table(await run());
