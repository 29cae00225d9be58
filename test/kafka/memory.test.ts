import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, onTestFinished, vi } from 'vitest';
import { CREDIT } from '../../src/protocol/limits.ts';
import { type BridgeProcess, startBridgeProcess } from '../../worker/start-bridge.ts';
import { HAS_PROC } from '../support/launcher.ts';
import { bytesRead, residentMiB } from '../support/proc.ts';
import { ReadyWorker } from '../support/ready-worker.ts';
import { freshName, freshTopic, sharedConnection, topicsOf } from './broker/shared.ts';

const MIB = 1_048_576;
const PARTITIONS = 3;
const RECORDS = 300_000;
const BATCH = 3_000;
/** The topic has 150 MB, and would take more than twice that as records in memory. */
const VALUE = JSON.stringify({ type: 'CustomerRequestedTable', note: '.'.repeat(450) });
/** What is read ahead is at most 1 MiB and a batch for each partition, 5 MiB, and a few times that as pieces of an answer, as records and as garbage: 12 MiB were measured. */
const MOST_GROWTH_MIB = 64;
/** Its own files and what is read ahead: 10 MiB were measured. */
const MOST_READ = 32 * MIB;
const STILL_MS = 1_000;
/** Heartbeats, offsets of the group, metadata. */
const STILL_BYTES = 64 * 1_024;
const WAIT = { timeout: 40_000, interval: 50 };

it.runIf(HAS_PROC)(
  'P3: a bridge without credit stops reading, and keeps no more than its room; with credit it sends every record once, in order',
  async () => {
    const connection = sharedConnection();
    const topics = topicsOf(connection);
    const topic = await freshTopic(topics, { partitions: PARTITIONS });
    for (let first = 0; first < RECORDS; first += BATCH) {
      await topics.produce(
        topic,
        Array.from({ length: BATCH }, (_, i) => ({ key: `customer-${i % 100}`, value: VALUE, partition: i % PARTITIONS })),
      );
    }

    const arrived = new Map<string, number>();
    const wrong: string[] = [];
    const worker = await ReadyWorker.start({
      credit: { records: 0, bytes: 0 },
      onData: (partition, { records }) => {
        for (const { offset } of records) {
          const expected = arrived.get(partition) ?? 0;
          if (offset !== String(expected) && wrong.length < 10) wrong.push(`partition ${partition}: ${offset} where ${expected} was next`);
          arrived.set(partition, expected + 1);
        }
      },
    });
    onTestFinished(() => worker.close());
    const bridge = bridgeTo(worker.url, connection.brokers[0] ?? '', topic);
    await vi.waitFor(() => expect(worker.partitions, bridge.said().stderr).toBe(PARTITIONS), WAIT);
    const before = residentMiB(bridge.pid);

    const peak = await peakUntilStill(bridge);
    expect(peak - before).toBeLessThan(MOST_GROWTH_MIB);
    expect(bytesRead(bridge.pid)).toBeLessThan(MOST_READ);
    expect(worker.records).toBe(0);

    worker.grant({ ...CREDIT, records: 100 });
    await vi.waitFor(() => expect(worker.records).toBeGreaterThan(1_000), WAIT);
    worker.grant(CREDIT);
    await vi.waitFor(() => expect(worker.records).toBeGreaterThanOrEqual(RECORDS), WAIT);
    await bridge.stop();
    expect(wrong).toEqual([]);
    const ends = await topics.endOffsets(topic);
    expect(ends.map((_, partition) => BigInt(arrived.get(String(partition)) ?? 0))).toEqual(ends);
  },
);

function bridgeTo(url: string, broker: string, topic: string): BridgeProcess {
  const settings = {
    ...{ ORIEL_URL: url, ORIEL_INGEST_TOKEN: 'ingest-of-the-test', ORIEL_SOURCE: `kafka://${broker}/${topic}`, ORIEL_SINK: 'none' },
    ...{ ORIEL_GROUP: freshName('group'), ORIEL_FROM: 'earliest' },
  };
  const bridge = startBridgeProcess({ settings, stdout: 'pipe', stderr: 'pipe' });
  onTestFinished(() => bridge.kill());
  return bridge;
}

/** Waits until the bridge reads no more. Gives the most memory that it had until then, in MiB. */
async function peakUntilStill({ pid }: BridgeProcess): Promise<number> {
  let peak = residentMiB(pid);
  for (let turn = 0; turn < WAIT.timeout / STILL_MS; turn++) {
    const before = bytesRead(pid);
    await sleep(STILL_MS);
    peak = Math.max(peak, residentMiB(pid));
    if (bytesRead(pid) - before < STILL_BYTES && before > MIB) return peak;
  }
  throw new Error(`The bridge still reads after ${WAIT.timeout / 1_000} s without credit: ${bytesRead(pid)} bytes so far.`);
}
