import { fileURLToPath } from 'node:url';
import { withWorkers } from './ingest-host.ts';
import type { Count } from './price-counts.ts';
import { type Drive, overBridge, overHttp, RESERVATIONS } from './price-drive.ts';
import { priceOf, QUEUE_PRICE, WORKFLOW_PRICE } from './price-list.ts';
import { billOf, detailOf, type Step, sumOf } from './price-steps.ts';
import type { Row } from './table.ts';

const CONFIG = fileURLToPath(new URL('price.toml', import.meta.url));
const AIM_ROWS = 13;
const MILLION = 1e6;

/** Longer than an idle object stays in memory (10 s), so that closing and deletion wake it as they would after 15 min and a day. */
const SETTINGS = { ORIEL_WINDOW: '14s', ORIEL_GRACE: '500ms', ORIEL_RETENTION: '14s' };

/** What a reservation costs: rows, requests and active time, counted in the real objects from the request to the deletion of the customer. */
export async function run(): Promise<readonly Row[]> {
  return [...(await priced('over the bridge', 'source', overBridge)), ...(await priced('over HTTP, clock mode', 'clock', overHttp))];
}

async function priced(how: string, mode: string, drive: Drive): Promise<Row[]> {
  const steps = await measure(mode, drive);
  if (process.env.ORIEL_BENCH_DETAIL === 'on') process.stdout.write(`${how}\n${steps.map(detailOf).join('\n')}\n`);
  const bill = billOf(steps);
  const group = `price of a reservation, ${how}`;
  const perMillion = priceOf(bill) * MILLION;
  return [
    { group, figure: 'rows written', value: bill.rowsWritten.toFixed(2), beside: splitOf(steps), ratio: '', aim: `at most ${AIM_ROWS}` },
    ...steps.map((step) => ({
      group,
      figure: `rows written, ${step.name}`,
      value: rowsText(sumOf([step]).rows),
      beside: splitOf([step]),
      ratio: '',
    })),
    { group, figure: 'object requests', value: bill.objectRequests.toFixed(2), beside: `${bill.messages.toFixed(2)} WebSocket messages`, ratio: '' },
    { group, figure: 'active time, at most', value: `${(bill.activeSeconds * 1_000).toFixed(1)} ms`, beside: '', ratio: '' },
    {
      group,
      figure: 'a million',
      value: dollars(perMillion),
      beside: `Workflows ${dollars(WORKFLOW_PRICE * MILLION)}`,
      ratio: (priceOf(bill) / WORKFLOW_PRICE).toFixed(2),
    },
    {
      group,
      figure: 'a million',
      value: dollars(perMillion),
      beside: `Queues, not to be cancelled, ${dollars(QUEUE_PRICE * MILLION)}`,
      ratio: (priceOf(bill) / QUEUE_PRICE).toFixed(2),
    },
  ];
}

async function measure(mode: string, drive: Drive): Promise<readonly Step[]> {
  return withWorkers({ counted: { config: CONFIG, vars: { ...SETTINGS, ORIEL_TIME: mode } } }, ({ counted }) =>
    drive(counted, async () => (await (await fetch(`${counted}/counts`)).json()) as Count[]),
  );
}

function splitOf(steps: readonly Step[]): string {
  return (['customer', 'partition'] as const).map((object) => `${object} ${rowsText(sumOf(steps, object).rows)}`).join(', ');
}

function rowsText(rows: number): string {
  return (rows / RESERVATIONS).toFixed(2);
}

function dollars(amount: number): string {
  return `$${amount.toFixed(2)}`;
}

if (import.meta.main) console.table(await run());
