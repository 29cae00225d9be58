import { setTimeout as sleep } from 'node:timers/promises';
import type { System } from '../support/system.ts';

/** What a soak looks at of `GET /v1/sources/{topic}/{partition}`. */
export interface Standing {
  readonly next: string | null;
  readonly watermark: number | null;
  readonly counts: Readonly<Record<'folded' | 'waiting' | 'late' | 'rejected' | 'duplicate' | 'open' | 'held', number>>;
  readonly outbox: { readonly depth: number };
}

export function standingOf(system: System, topic: string, partitions: number): Promise<Standing[]> {
  return Promise.all(Array.from({ length: partitions }, (_, partition) => system.get<Standing>(`/v1/sources/${topic}/${partition}`)));
}

/** Looks at the partitions once and again, for as long as it is not aborted, and gives the highest number of windows that were held at once. */
export async function watchHeld(system: System, topic: string, partitions: number, signal: AbortSignal): Promise<number> {
  let most = 0;
  while (!signal.aborted) {
    // A Worker that has just been killed has no answer.
    const standings = await standingOf(system, topic, partitions).catch(() => []);
    most = Math.max(
      most,
      standings.reduce((sum, { counts }) => sum + counts.held, 0),
    );
    await sleep(500, undefined, { signal }).catch(() => undefined);
  }
  return most;
}
