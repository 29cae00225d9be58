import { z } from 'zod';
import { Offset } from '../../protocol/fields.ts';
import { askWorker } from '../ask-worker.ts';
import type { Place } from './verdict.ts';

/** Of a partition's status, what tells a replay that it is done, and a bridge whether its log is the one that is stored. */
export const Standing = z.object({
  next: Offset.nullable(),
  incarnation: z.string().nullish(),
  watermark: z.number().nullable(),
  counts: z.object({ open: z.number(), waiting: z.number() }),
  outbox: z.object({ depth: z.number() }),
});
export type Standing = z.infer<typeof Standing>;

const TIMEOUT_MS = 10_000;

/**
 * Asks the Worker where a partition stands.
 * @throws OrielError `UNAVAILABLE` (retryable) where it did not answer, `NOT_ALLOWED` where it refuses, `BAD_FRAME` where the answer is another.
 */
export async function askStanding(place: Place, token: string, fetch: typeof globalThis.fetch): Promise<Standing> {
  return askWorker({
    url: `${place.base}/v1/sources/${place.topic}/${place.partition}`,
    token,
    fetch,
    schema: Standing,
    wanted: 'status of a partition',
    without: 'the end of the replay cannot be seen',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
}
