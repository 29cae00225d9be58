import { z } from 'zod';
import { messageOf, OrielError } from '../core/errors.ts';

export interface Question<T> {
  readonly url: string;
  readonly token: string;
  readonly fetch: typeof globalThis.fetch;
  readonly schema: z.ZodType<T>;
  /** What the answer is to be, for people: "a status of a partition". */
  readonly wanted: string;
  /** What cannot be done where the Worker refuses, for people. */
  readonly without: string;
  readonly signal: AbortSignal;
}

/**
 * GETs JSON from the Worker.
 * @throws OrielError `UNAVAILABLE` (retryable) where it did not answer, `NOT_ALLOWED` where it refuses, `BAD_FRAME` where the answer is another.
 */
export async function askWorker<T>({ url, token, fetch, schema, wanted, without, signal }: Question<T>): Promise<T> {
  const route = url.replace(/\?.*$/, '');
  let response: Response;
  try {
    response = await fetch(url, { headers: { Authorization: `Bearer ${token}` }, signal, redirect: 'error' });
    if (response.ok) {
      const parsed = schema.safeParse(await response.json());
      if (parsed.success) return parsed.data;
      throw new OrielError('BAD_FRAME', `GET ${route} gave no ${wanted}: ${z.prettifyError(parsed.error)}`);
    }
  } catch (cause) {
    if (cause instanceof OrielError) throw cause;
    throw new OrielError('UNAVAILABLE', `GET ${route} had no answer: ${messageOf(cause)}`, { retryable: true, cause });
  }
  await response.body?.cancel();
  if (response.status >= 500 || response.status === 429)
    throw new OrielError('UNAVAILABLE', `GET ${route} answered ${response.status}.`, { retryable: true });
  throw new OrielError('NOT_ALLOWED', `GET ${route} answered ${response.status}: ${without}. Does ORIEL_INGEST_TOKEN belong to this Worker?`);
}
