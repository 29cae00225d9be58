/**
 * What a partition costs that reads a gateway itself. Counted in the real objects, in real time: what they write, read, are called for, and how long they are awake. An object is billed for
 * the wall time in which something runs in it, a request to the gateway that it waits for among that; not for the time that it is idle and could hibernate, whether it has or not
 * (https://developers.cloudflare.com/durable-objects/platform/pricing/). Between two polls it has no timer, no socket and no request open, so that it could.
 */
import type { Count } from './price-counts.ts';
import type { Bill } from './price-list.ts';
import { MONTH_S, monthOf, type Parts, partsOf, roundTripsOf, timesOf, withSchedule } from './pull-month.ts';
import { type Case, type Counted, countCase, countSchedule } from './pull-run.ts';
import type { Row } from './table.ts';

const GROUP = 'price of edge pull, a partition and month';
const ROUND_TRIP_MS = 50;
const HOUR_S = 3_600;

const IDLE: readonly Case[] = [
  { dialect: 'strimzi', idle: '1s', perSecond: 0, warmMs: 5_000, countMs: 60_000 },
  { dialect: 'strimzi', idle: '10s', perSecond: 0, warmMs: 18_000, countMs: 126_000 },
  { dialect: 'confluent', idle: '10s', perSecond: 0, warmMs: 18_000, countMs: 126_000 },
  { dialect: 'strimzi', idle: '60s', perSecond: 0, warmMs: 40_000, countMs: 122_000 },
  { dialect: 'confluent', idle: '60s', perSecond: 0, warmMs: 40_000, countMs: 122_000 },
];
/** From when the first customers have been deleted, so that as many end as begin. */
const ONE = { perSecond: 1, warmMs: 40_000, countMs: 90_000 };
/** Customers who come again and again: hundreds of new objects a second would measure this machine. What customers take is a hundred times what they take at 1/s. */
const HUNDRED = { perSecond: 100, customers: 400, warmMs: 25_000, countMs: 30_000 };
const TIMES = HUNDRED.perSecond / ONE.perSecond;

/** What is slow and waits runs side by side; what keeps the machine busy, alone. */
export async function run(): Promise<readonly Row[]> {
  const [scheduled, idle, one, oneOfConfluent, oneBridge] = await Promise.all([
    countSchedule(),
    Promise.all(IDLE.map(countCase)),
    countCase({ ...ONE, dialect: 'strimzi' }),
    countCase({ ...ONE, dialect: 'confluent' }),
    countCase(ONE),
  ]);
  const hundred = await countCase({ ...HUNDRED, dialect: 'strimzi' });
  const hundredBridge = await countCase(HUNDRED);
  if (process.env.ORIEL_BENCH_DETAIL === 'on')
    process.stdout.write(`${JSON.stringify([scheduled, idle, one, oneOfConfluent, oneBridge, hundred, hundredBridge], undefined, 2)}\n`);
  const customers = monthOf(one, 'customer');
  return [
    ...idle.flatMap((counted) => pulled(counted, scheduled)),
    ...pulled(one, scheduled),
    ...pulled(oneOfConfluent, scheduled),
    ...bridged(oneBridge),
    ...pulled(hundred, scheduled, timesOf(customers, TIMES)),
    ...bridged(hundredBridge, timesOf(monthOf(oneBridge, 'customer'), TIMES)),
  ];
}

function pulled(counted: Counted, scheduled: readonly Count[], customers = monthOf(counted, 'customer')): Row[] {
  const requests = anHour(
    counted,
    Object.values(counted.asked).reduce((a, b) => a + b, 0),
  );
  const longer = `each round trip ${ROUND_TRIP_MS} ms longer: at most ${dollars(roundTripsOf(counted, ROUND_TRIP_MS))} more`;
  return rowsOf(
    counted,
    withSchedule(monthOf(counted, 'partition'), scheduled),
    customers,
    `${requests} requests to the gateway an hour`,
    `; ${longer}`,
  );
}

function bridged(counted: Counted, customers = monthOf(counted, 'customer')): Row[] {
  return rowsOf(counted, monthOf(counted, 'partition'), customers, 'by a bridge, frame by frame', '');
}

function rowsOf(counted: Counted, partition: Bill, customers: Bill, value: string, more: string): Row[] {
  const name = nameOf(counted.of);
  const [own, others] = [partsOf(partition), partsOf(customers)];
  const whose = counted.of.customers === undefined ? 'customers' : `customers, ${TIMES} times those at 1/s,`;
  const records = others.all === 0 ? '' : `, ${whose} ${partsText(others)}`;
  const row = { group: GROUP, ratio: '' };
  return [
    { ...row, figure: `counted: ${name}`, value, beside: countsText(counted) },
    { ...row, figure: `computed: ${name}`, value: dollars(own.all + others.all), beside: `partition ${partsText(own)}${records}${more}` },
  ];
}

function nameOf({ dialect, idle, perSecond }: Case): string {
  const from = dialect === undefined ? "over a bridge's WebSocket" : `gateway as ${dialect} speaks`;
  return `${perSecond} record${perSecond === 1 ? '' : 's'}/s, ${from}${idle === undefined ? '' : `, ORIEL_PULL_IDLE=${idle}`}`;
}

function countsText(counted: Counted): string {
  const kinds = (['partition', 'customer'] as const).flatMap((object) => {
    const month = monthOf(counted, object);
    if (month.objectRequests + month.messages === 0) return [];
    const hour = (a: number): string => String(Math.round((a * HOUR_S) / MONTH_S));
    const alarms = anHour(counted, callsOf(counted, object, 'alarm'));
    const wakes = anHour(counted, callsOf(counted, object, 'constructor'));
    const { objectRequests, messages, rowsWritten, rowsRead, activeSeconds } = month;
    return [
      `${object}: ${hour(objectRequests)} requests (${alarms} alarms), ${hour(messages)} messages, ${hour(rowsWritten)} rows written, ${hour(rowsRead)} read, awake ${hour(activeSeconds)} s, new in memory ${wakes} times`,
    ];
  });
  const of = counted.records === 0 ? '' : ` and ${counted.records} records`;
  return `an hour, from ${counted.seconds.toFixed(0)} s${of}: ${kinds.join('; ')}`;
}

function callsOf({ counts }: Counted, object: Count['object'], entry: string): number {
  return counts.filter((count) => count.object === object && count.entry === entry).reduce((sum, { calls }) => sum + calls, 0);
}

function partsText({ all, duration, rows, requests }: Parts): string {
  return `${dollars(all)} (duration ${dollars(duration)}, rows ${dollars(rows)}, requests ${dollars(requests)})`;
}

function anHour({ seconds }: Counted, times: number): string {
  return String(Math.round((times * HOUR_S) / seconds));
}

function dollars(amount: number): string {
  return `$${amount.toFixed(2)}`;
}

if (import.meta.main) console.table(await run());
