import { z } from 'zod';
import { Offset } from '../../protocol/fields.ts';
import { askWorker } from '../ask-worker.ts';
import type { Place } from '../session/verdict.ts';

/** A dead letter as the partition's object keeps it: `value`, or `raw` (base64) for bytes that were no JSON, or neither where it was too long. */
export const Letter = z.object({
  seq: Offset,
  source: z.unknown(),
  code: z.string(),
  message: z.string(),
  key: z.string().nullable(),
  timestamp: z.number().nullable(),
  value: z.unknown().optional(),
  raw: z.string().optional(),
});
export type Letter = z.infer<typeof Letter>;

const Page = z.object({ items: z.array(Letter) });

export interface LetterQuery {
  readonly place: Place;
  readonly token: string;
  readonly fetch: typeof globalThis.fetch;
  /** Letters above this `seq`. */
  readonly after: bigint;
  /** At most 1,000. */
  readonly limit: number;
  readonly signal: AbortSignal;
}

const TIMEOUT_MS = 30_000;

/**
 * Asks the Worker for dead letters of a partition, in the order of their `seq`.
 * @throws OrielError `UNAVAILABLE` (retryable) where it did not answer, `NOT_ALLOWED` where it refuses, `BAD_FRAME` where the answer is another.
 */
export async function askLetters({ place, token, fetch, after, limit, signal }: LetterQuery): Promise<readonly Letter[]> {
  const { items } = await askWorker({
    url: `${place.base}/v1/dead-letters/${place.topic}/${place.partition}?after=${after}&limit=${limit}`,
    token,
    fetch,
    schema: Page,
    wanted: 'page of dead letters',
    without: 'dead letters cannot be read',
    signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
  });
  return items;
}
