import { z } from 'zod';
import { OrielError } from '../src/core/errors.ts';
import { bytesOf } from '../src/protocol/codec.ts';
import { KEY_BYTES } from '../src/protocol/limits.ts';
import type { PartitionApi } from './api.ts';
import type { Call } from './route.ts';

/** The parameters of paths, as the document tells of them. */
export const parameters: Readonly<Record<string, z.ZodType>> = {
  customerId: z.string().min(1).max(KEY_BYTES).describe(`The key, percent-encoded UTF-8, at most ${KEY_BYTES} bytes of it.`),
  topic: z.string().describe('A topic of ORIEL_TOPIC.'),
  partition: z.number().int().min(0).describe('Below ORIEL_PARTITIONS.'),
};

/** The parameters of a template from the raw path that it matches; `undefined` for one whose percent-encoding is no UTF-8. */
export function segmentsOf(template: string, path: string): Record<string, string | undefined> {
  const segments = path.split('/');
  return Object.fromEntries(
    template.split('/').flatMap((part, i) => {
      const name = /^\{(\w+)\}$/.exec(part)?.[1];
      return name === undefined ? [] : [[name, decoded(segments[i] ?? '')]];
    }),
  );
}

function decoded(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}

/** The key that the path names. @throws OrielError `KEY` for one that is no UTF-8 or has more than 1,000 bytes (P8). */
export function keyOf(call: Call): string {
  const { customerId } = call.params;
  if (customerId === undefined || customerId === '') throw new OrielError('KEY', 'The customerId of the path is no percent-encoded UTF-8 text.');
  const bytes = bytesOf(customerId);
  if (bytes > KEY_BYTES) throw new OrielError('KEY', `The customerId has ${bytes} bytes of UTF-8; a key has at most ${KEY_BYTES}.`);
  return customerId;
}

/** The object of the partition that the path names. @throws OrielError `NOT_FOUND` for one that is not served (P8: topics are an allow-list). */
export function partitionObject(call: Call): PartitionApi {
  const { topic, partition } = call.params;
  const { ORIEL_TOPIC: topics, ORIEL_PARTITIONS: count } = call.settings;
  const served =
    topic !== undefined && topics.includes(topic) && partition !== undefined && /^(?:0|[1-9]\d{0,5})$/.test(partition) && Number(partition) < count;
  if (!served) {
    throw new OrielError(
      'NOT_FOUND',
      `${topic}/${partition} is not served here: the topics are ${topics.join(', ')} (ORIEL_TOPIC), the partitions 0 to ${count - 1} (ORIEL_PARTITIONS).`,
    );
  }
  return call.env.PARTITION.getByName(`${topic}/${partition}`);
}
