import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Dialect } from '../../src/gateway/gateway.ts';
import { startTestGateway, type TestGatewayServer } from '../kafka/gateway/server.ts';
import { MemoryLog } from '../support/gateway/memory-log.ts';
import { IngestClient } from './ingest-client.ts';
import { TOKENS, withWorkers } from './ingest-host.ts';
import { add, type Count, isOfCalls } from './price-counts.ts';
import { feed, intoLog, overSocket, SINK, TOPIC, type Write } from './pull-feed.ts';

const CONFIG = fileURLToPath(new URL('price.toml', import.meta.url));
/** As in the price of a reservation: closing and deletion wake a customer that has gone from memory. */
const SETTINGS = { ORIEL_WINDOW: '14s', ORIEL_GRACE: '500ms', ORIEL_RETENTION: '14s', ORIEL_TIME: 'source', ORIEL_TOPIC: TOPIC };
/** Outcomes of a bridge's sink are acknowledged so often. */
const ACKS_MS = 200;

/** What is run, for how long before it is counted, and how long it is counted. */
export interface Case {
  /** Of the gateway that the partition reads itself; else a bridge feeds it over its WebSocket. */
  readonly dialect?: Dialect;
  readonly idle?: string;
  readonly perSecond: number;
  readonly customers?: number;
  readonly warmMs: number;
  readonly countMs: number;
}

/** What was counted. */
export interface Counted {
  readonly of: Case;
  readonly counts: readonly Count[];
  readonly seconds: number;
  /** To the gateway, by method and path. */
  readonly asked: Readonly<Record<string, number>>;
  readonly records: number;
}

/** Counts what the objects of one partition and its customers do, in a workerd of their own, with the gateway over loopback HTTP in this process. */
export async function countCase(of: Case): Promise<Counted> {
  const log = new MemoryLog({ topics: { [TOPIC]: 1, [SINK]: 1 } });
  const server = of.dialect === undefined ? undefined : await startTestGateway({ dialect: of.dialect, log });
  const vars = { ...SETTINGS, ...(server === undefined ? {} : pulling(server, of)) };
  try {
    return await withWorkers({ counted: { config: CONFIG, vars } }, async ({ counted: url }) => {
      const bridge = server === undefined ? await openBridge(url) : undefined;
      if (bridge === undefined) await fetch(`${url}/scheduled`);
      const counted = await countFed(of, { url, write: bridge === undefined ? intoLog(log) : overSocket(bridge.client), server });
      bridge?.close();
      return counted;
    });
  } finally {
    await server?.close();
  }
}

/** What the cron trigger takes of a partition that reads already. */
export async function countSchedule(): Promise<readonly Count[]> {
  const log = new MemoryLog({ topics: { [TOPIC]: 1, [SINK]: 1 } });
  const server = await startTestGateway({ dialect: 'strimzi', log });
  try {
    return await withWorkers({ counted: { config: CONFIG, vars: { ...SETTINGS, ...pulling(server, { idle: '1h' }) } } }, async ({ counted: url }) => {
      await fetch(`${url}/scheduled`);
      await sleep(2_000);
      await countsOf(url);
      await fetch(`${url}/scheduled`);
      return (await countsOf(url)).filter(({ entry }) => entry !== 'alarm');
    });
  } finally {
    await server.close();
  }
}

async function countFed(of: Case, { url, write, server }: { url: string; write: Write; server: TestGatewayServer | undefined }): Promise<Counted> {
  const end = new AbortController();
  let records = 0;
  const counting: Write = (events) => {
    records += events.length;
    return write(events);
  };
  // A socket is given what has come within a tenth of a second; a topic each record by itself.
  const fed = feed(counting, { perSecond: of.perSecond, everyMs: server === undefined ? 100 : 10, customers: of.customers }, end.signal);
  await Promise.race([fed, sleep(of.warmMs)]);
  await countsOf(url);
  const before = { records, asked: server?.gateway.exchanges.length ?? 0, at: performance.now() };
  await sleep(of.countMs);
  const all = new Map<string, Count>();
  for (const count of await countsOf(url)) add(all, count);
  const seconds = (performance.now() - before.at) / 1_000;
  const asked: Record<string, number> = {};
  for (const { method, path } of server?.gateway.exchanges.slice(before.asked) ?? [])
    asked[`${method} ${path}`] = (asked[`${method} ${path}`] ?? 0) + 1;
  const counted = { of, counts: [...all.values()], seconds, asked, records: records - before.records };
  end.abort();
  await fed;
  return counted;
}

function pulling({ url }: TestGatewayServer, { idle = '10s' }: Pick<Case, 'idle'>): Record<string, string> {
  const address = `kafka-rest+${url}`;
  return { ORIEL_SOURCE: `${address}/${TOPIC}`, ORIEL_SINK: `${address}/${SINK}`, ORIEL_FROM: 'earliest', ORIEL_PULL_IDLE: idle };
}

async function openBridge(url: string): Promise<{ client: IngestClient; close(): void }> {
  let last: string | undefined;
  const client = await IngestClient.open({
    url,
    token: TOKENS.ORIEL_INGEST_TOKEN,
    claims: true,
    onOutcome: ({ seq }) => {
      last = seq;
    },
  });
  const acks = setInterval(() => {
    if (last !== undefined) client.acknowledgeOutcomes(last);
    last = undefined;
  }, ACKS_MS);
  return {
    client,
    close() {
      clearInterval(acks);
      client.close();
    },
  };
}

async function countsOf(url: string): Promise<Count[]> {
  return ((await (await fetch(`${url}/counts`)).json()) as Count[]).filter(isOfCalls);
}
