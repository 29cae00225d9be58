import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Source, SourcePartition, SourceRecord } from '../../src/bridge/source.ts';

/** A folder of its own for the running test, gone after it. */
export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'oriel-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The partitions of a source, closed after the test. */
export async function openPartitions(source: Source): Promise<SourcePartition[]> {
  const stop = new AbortController();
  onTestFinished(async () => {
    stop.abort();
    await source.close();
  });
  const partitions: SourcePartition[] = [];
  for await (const partition of source.partitions(stop.signal)) partitions.push(partition);
  return partitions;
}

/** The one partition of a source that has one. */
export async function openOnly(source: Source): Promise<SourcePartition> {
  const [partition] = await openPartitions(source);
  if (partition === undefined) throw new Error('the source has no partition');
  return partition;
}

/** Everything from an offset to the end as known, in reads of at most `maxRecords`. */
export async function readAll(partition: SourcePartition, from = '0', maxRecords = 500): Promise<SourceRecord[]> {
  const records: SourceRecord[] = [];
  for (let at = from; BigInt(at) < BigInt(partition.end); ) {
    const batch = await partition.read(at, { maxRecords, maxBytes: 1_048_576, signal: new AbortController().signal });
    records.push(...batch.records);
    at = batch.next;
  }
  return records;
}

/** Lines of a log: one envelope each. */
export function linesOf(...envelopes: readonly object[]): string {
  return envelopes.map((envelope) => `${JSON.stringify(envelope)}\n`).join('');
}
