import { z } from 'zod';
import { messageOf, OrielError } from '../../core/errors.ts';
import { Offset } from '../../protocol/frames.ts';
import type { Place } from './verdict.ts';

/** Of a partition's status, what tells a replay that it is done. */
export const Standing = z.object({
  next: Offset.nullable(),
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
  const url = `${place.base}/v1/sources/${place.topic}/${place.partition}`;
  let response: Response;
  try {
    response = await fetch(url, { headers: { Authorization: `Bearer ${token}` }, signal: AbortSignal.timeout(TIMEOUT_MS), redirect: 'error' });
    if (response.ok) {
      const parsed = Standing.safeParse(await response.json());
      if (parsed.success) return parsed.data;
      throw new OrielError('BAD_FRAME', `GET ${url} gave no status of a partition: ${z.prettifyError(parsed.error)}`);
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
    `GET ${url} answered ${response.status}: the end of the replay cannot be seen. Does ORIEL_INGEST_TOKEN belong to this Worker?`,
  );
}
