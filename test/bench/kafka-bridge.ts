import { setTimeout as sleep } from 'node:timers/promises';
import type { ServedPartition } from '../../worker/served.ts';
import { type BridgeProcess, startBridgeProcess } from '../../worker/start-bridge.ts';
import { processorSeconds, type Resident, watchResident } from '../support/proc.ts';
import { TOKENS, withWorkers } from './ingest-host.ts';
import { Kid, type Reading } from './kafka-reading.ts';

const PARTITIONS = 6;
const LONGEST_MS = 360_000;
const ASK_EVERY_MS = 1_000;

/** What a bridge brought where it goes, and what it took of memory meanwhile. */
export interface Bridged extends Reading {
  readonly resident: Resident;
}

/** A bridge between the broker and a stand-in that does nothing but acknowledge. */
export async function bridgeToStandIn(broker: string, topic: string, count: number): Promise<Bridged> {
  const standIn = new Kid('kafka-stand-in.ts', [count]);
  try {
    const { url } = (await standIn.says()) as { readonly url: string };
    return await withBridge(broker, topic, url, async (bridge) => {
      await Promise.race([standIn.says(), failure(bridge)]);
      const stop = measure(bridge.pid);
      const { records, seconds } = (await Promise.race([standIn.says(), failure(bridge)])) as Reading;
      return stop(records, seconds);
    });
  } finally {
    await standIn.stop();
  }
}

/** A bridge between the broker and the reservation Worker, until all is folded, or for 6 minutes. No window closes by time. */
export async function bridgeToWorker(broker: string, topic: string, count: number): Promise<Bridged> {
  const vars = { ORIEL_TOPIC: topic, ORIEL_PARTITIONS: String(PARTITIONS), ORIEL_WINDOW: '1d' };
  return withWorkers({ oriel: { vars } }, async ({ oriel }) =>
    withBridge(broker, topic, oriel, async (bridge) => {
      let folded = 0;
      while (folded === 0) folded = await Promise.race([foldedIn(oriel), failure(bridge)]);
      const [before, start] = [folded, performance.now()];
      const stop = measure(bridge.pid);
      while (folded < count && performance.now() - start < LONGEST_MS) {
        await sleep(ASK_EVERY_MS);
        folded = await Promise.race([foldedIn(oriel), failure(bridge)]);
      }
      return stop(folded - before, (performance.now() - start) / 1_000);
    }),
  );
}

async function withBridge<T>(broker: string, topic: string, url: string, task: (bridge: BridgeProcess) => Promise<T>): Promise<T> {
  const settings = {
    ...{ ORIEL_URL: url, ORIEL_INGEST_TOKEN: TOKENS.ORIEL_INGEST_TOKEN, ORIEL_SOURCE: `kafka://${broker}/${topic}`, ORIEL_SINK: 'none' },
    ...{ ORIEL_GROUP: `bench-${crypto.randomUUID()}`, ORIEL_FROM: 'earliest' },
  };
  const bridge = startBridgeProcess({ settings, stdout: 'pipe', stderr: 'pipe' });
  try {
    return await task(bridge);
  } finally {
    await bridge.stop();
  }
}

/** Rejects when the bridge ends by itself. */
async function failure(bridge: BridgeProcess): Promise<never> {
  const code = await bridge.ended;
  throw new Error(`The bridge ended with ${code}.\n${bridge.said().stderr}`);
}

function measure(pid: number): (records: number, seconds: number) => Bridged {
  const resident = watchResident(pid);
  const before = processorSeconds(pid);
  return (records, seconds) => ({ records, seconds, processorSeconds: processorSeconds(pid) - before, resident: resident() });
}

async function foldedIn(url: string): Promise<number> {
  const answer = await fetch(`${url}/v1/sources`, { headers: { Authorization: `Bearer ${TOKENS.ORIEL_VIEW_TOKEN}` } });
  const { items } = (await answer.json()) as { readonly items: readonly ServedPartition[] };
  // A partition that is too busy to answer has folded no less than before; the next answer counts it.
  return items.reduce((sum, { status }) => sum + (status?.counts.folded ?? 0), 0);
}
