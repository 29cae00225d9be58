import { createStore, setMany } from 'idb-keyval';
import type { StreamRecord } from '../../../src/core/record.ts';
import { Processor } from '../../../src/processor.ts';
import type { ReservationEvent } from '../../../src/reservation/events.ts';
import { reservation } from '../../../src/reservation/topology.ts';
import { openStore } from '../../../src/tab.ts';
import { GRACE_MS, linesOf, RETENTION_MS, recordsOf, SIZE_MS } from '../stream.ts';

/** Records a second that stood in IndexedDB when their batch had been answered. */
export interface CommitRound {
  readonly records: number;
  readonly seconds: number;
}

type Batches = readonly (readonly StreamRecord<ReservationEvent>[])[];

/** The stream of the benchmarks in batches of `batch` records, one commit each. */
export function batchesOf(keys: number, count: number, batch: number): Batches {
  const records = recordsOf(linesOf(keys, count)).flatMap((frame) => frame.records);
  return Array.from({ length: Math.ceil(records.length / batch) }, (_, n) => records.slice(n * batch, (n + 1) * batch));
}

/** The reservation topology over an IndexedDB of its own: parsed records in, committed state and outputs out. */
export async function engineCommits(batches: Batches): Promise<CommitRound> {
  const name = `bench-${crypto.randomUUID()}`;
  const store = await openStore(name);
  if (store.durability.kind !== 'indexeddb') throw new Error(store.durability.why);
  const processor = new Processor(reservation({ window: SIZE_MS, grace: GRACE_MS, retention: RETENTION_MS }), { store });
  const round = await timed(batches, async (batch) => {
    await processor.process(batch.map((record) => ({ type: 'record', record, now: record.timestamp, watermark: record.timestamp })));
  });
  indexedDB.deleteDatabase(`oriel/${name}`);
  return round;
}

/** What is beside it: the same records put as they are, each under its key, by `setMany` of idb-keyval. */
export async function bareCommits(batches: Batches): Promise<CommitRound> {
  const name = `bare-${crypto.randomUUID()}`;
  const store = createStore(name, 'records');
  const round = await timed(batches, (batch) =>
    setMany(
      batch.map((record, n) => [`${record.key}/${n}`, record]),
      store,
    ),
  );
  indexedDB.deleteDatabase(name);
  return round;
}

async function timed(batches: Batches, commit: (batch: Batches[number]) => Promise<void>): Promise<CommitRound> {
  const records = batches.reduce((sum, batch) => sum + batch.length, 0);
  const started = performance.now();
  for (const batch of batches) await commit(batch);
  return { records, seconds: (performance.now() - started) / 1_000 };
}
