import { setTimeout as sleep } from 'node:timers/promises';
import { type EventLine, paid, requested } from '../support/events.ts';
import { FRAME_RECORDS, IngestClient } from './ingest-client.ts';
import { TOKENS } from './ingest-host.ts';
import { post } from './ingest-post.ts';
import { add, type Count, isOfCalls } from './price-counts.ts';
import type { Step } from './price-steps.ts';

/** One reservation a customer, three in five of them paid for. */
export const RESERVATIONS = 500;
const PAID = 0.6 * RESERVATIONS;
const OUTCOMES_AN_ACK = 100;
/** A customer whose end of retention comes before the watermark has passed it looks again after a minute. */
const MOST_WAIT_MS = 100_000;
const QUIET_MS = 400;
const POLL_MS = 50;

/** Takes every reservation from its request to its end, step by step. `counts` gives what was counted since it was last asked. */
export type Drive = (url: string, counts: () => Promise<Count[]>) => Promise<Step[]>;

/** A live log: records in frames of 100, claims as they are wanted, outcomes acknowledged by the hundred. */
export const overBridge: Drive = async (url, counts) => {
  let outcomes = 0;
  const bridge = await IngestClient.open({ url, token: TOKENS.ORIEL_INGEST_TOKEN, claims: true, onOutcome: () => outcomes++ });
  const step = stepper(counts);
  await step('connection', async () => undefined, quiet);
  const now = Date.now();
  const steps = [
    await step('request', async () => void (await bridge.send(requests(now))), quiet),
    await step('payment', async () => void (await bridge.send(payments(now))), quiet),
    await step(
      'closing and confirmation',
      async () => undefined,
      () => outcomes === RESERVATIONS,
    ),
    await step(
      'acknowledgement',
      async () => {
        for (let seq = OUTCOMES_AN_ACK; seq <= RESERVATIONS; seq += OUTCOMES_AN_ACK) bridge.acknowledgeOutcomes(String(seq));
      },
      quiet,
    ),
    await step('deletion of the customer', async () => undefined, allDeleted),
  ];
  bridge.close();
  return [...steps, pruning(steps)];
};

/** Webhooks alone: each event a request of its own. */
export const overHttp: Drive = async (url, counts) => {
  const step = stepper(counts);
  const now = Date.now();
  const steps = [
    await step('request', () => post(url, requests(now)), quiet, RESERVATIONS),
    await step('payment', () => post(url, payments(now)), quiet, PAID),
    await step(
      'closing and confirmation',
      async () => undefined,
      async () => (await outcomesOf(url)) === RESERVATIONS,
    ),
    await step('deletion of the customer', async () => undefined, allDeleted),
  ];
  return [...steps, pruning(steps)];
};

type IsOver = (counts: readonly Count[]) => boolean | Promise<boolean>;

const quiet: IsOver = () => true;
const allDeleted: IsOver = (counts) => counts.reduce((sum, { deletions }) => sum + deletions, 0) === RESERVATIONS;

/** Runs a step until it is over and nothing has been called for a while. Its time is that of the looks between which anything was called. */
function stepper(counts: () => Promise<Count[]>) {
  return async (name: string, work: () => Promise<void>, isOver: IsOver, workerRequests = 0): Promise<Step> => {
    const all = new Map<string, Count>();
    const started = performance.now();
    let active = 0;
    let last = started;
    let looked = started;
    const look = async (): Promise<void> => {
      const told = (await counts()).filter(isOfCalls);
      const now = performance.now();
      if (told.length > 0) {
        active += now - looked;
        last = now;
      }
      looked = now;
      for (const count of told) add(all, count);
    };
    await work();
    await look();
    for (let quietSince = performance.now(); ; ) {
      const before = last;
      await sleep(POLL_MS);
      await look();
      if (last !== before) quietSince = last;
      if (performance.now() - started > MOST_WAIT_MS) throw new Error(`The step ${name} did not end: ${JSON.stringify([...all.values()])}`);
      if (performance.now() - quietSince >= QUIET_MS && (await isOver([...all.values()]))) break;
    }
    return { name, counts: [...all.values()], seconds: active / 1_000, workerRequests };
  };
}

/** The partition lets go of what is past retention once an hour, which is not waited for: each sheet of outcomes that was put is deleted. */
function pruning(steps: readonly Step[]): Step {
  const sheets = steps.flatMap(({ counts }) => counts).reduce((sum, { rows }) => sum + (rows['sheets: INSERT'] ?? 0), 0);
  const count: Count = { object: 'partition', entry: 'alarm', calls: 0, rows: { 'sheets: DELETE': sheets }, rowsRead: 0, deletions: 0, awakeMs: 0 };
  return { name: 'pruning', counts: [count], seconds: 0, workerRequests: 0 };
}

async function outcomesOf(url: string): Promise<number> {
  const answer = await fetch(`${url}/v1/outcomes/customer-events/0?limit=1000`, { headers: { Authorization: `Bearer ${TOKENS.ORIEL_VIEW_TOKEN}` } });
  return ((await answer.json()) as { items: unknown[] }).items.length;
}

/** Reservations of one frame fall due together, those of the next one a second later. */
const startOf = (i: number): number => Math.floor(i / FRAME_RECORDS) * 1_000;

function requests(now: number): EventLine[] {
  return Array.from({ length: RESERVATIONS }, (_, i) => requested(`customer-${i}`, 'table', now + startOf(i)));
}

function payments(now: number): EventLine[] {
  return Array.from({ length: PAID }, (_, i) => paid(`customer-${i}`, 'table', now + startOf(i) + 1_000));
}
