import type { WorkerSettings } from '../src/settings.ts';
import type { PartitionStatus } from './api.ts';
import type { Call } from './route.ts';

/** A served partition; `status` is null where its object did not answer. */
export interface ServedPartition {
  readonly topic: string;
  readonly partition: number;
  readonly status: PartitionStatus | null;
}

/** Objects asked at the same time. */
const AT_ONCE = 32;

/** Topic by topic. */
export function placesOf({
  ORIEL_TOPIC: topics,
  ORIEL_PARTITIONS: count,
}: Pick<WorkerSettings, 'ORIEL_TOPIC' | 'ORIEL_PARTITIONS'>): { readonly topic: string; readonly partition: number }[] {
  return topics.flatMap((topic) => Array.from({ length: count }, (_, partition) => ({ topic, partition })));
}

/** The served partitions from one place of their order to another, [from, to): topic by topic. One that does not answer does not hide the others. */
export async function askServed(call: Call, from = 0, to = Number.POSITIVE_INFINITY): Promise<ServedPartition[]> {
  const served = placesOf(call.settings).slice(from, to);
  const all: ServedPartition[] = [];
  for (let next = 0; next < served.length; next += AT_ONCE) {
    const some = served.slice(next, next + AT_ONCE).map(async ({ topic, partition }) => {
      const object = call.env.PARTITION.getByName(`${topic}/${partition}`);
      return { topic, partition, status: await object.status().catch(() => null) };
    });
    all.push(...(await Promise.all(some)));
  }
  return all;
}
