import { z } from 'zod';
import { messageOf, OrielError } from '../../core/errors.ts';
import { Offset } from '../../protocol/frames.ts';
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
  const url = `${place.base}/v1/dead-letters/${place.topic}/${place.partition}`;
  let response: Response;
  try {
    response = await fetch(`${url}?after=${after}&limit=${limit}`, {
      headers: { Authorization: `Bearer ${token}` },
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
      redirect: 'error',
    });
    if (response.ok) {
      const parsed = Page.safeParse(await response.json());
      if (parsed.success) return parsed.data.items;
      throw new OrielError('BAD_FRAME', `GET ${url} gave no page of dead letters: ${z.prettifyError(parsed.error)}`);
    }
  } catch (cause) {
    if (cause instanceof OrielError) throw cause;
    throw new OrielError('UNAVAILABLE', `GET ${url} had no answer: ${messageOf(cause)}`, { retryable: true, cause });
  }
  await response.body?.cancel();
  if (response.status >= 500 || response.status === 429)
    throw new OrielError('UNAVAILABLE', `GET ${url} answered ${response.status}.`, { retryable: true });
  throw new OrielError(
    'NOT_ALLOWED',
    `GET ${url} answered ${response.status}: dead letters cannot be read. Does ORIEL_INGEST_TOKEN belong to this Worker?`,
  );
}
