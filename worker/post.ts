import type { Disposition } from '../src/core/step.ts';
import type { LiveLate } from '../src/protocol/live.ts';
import type { Topology } from '../src/topology.ts';
import type { Disposition as Ended, PostedEvent } from './api.ts';
import { lateOf } from './dead-letters.ts';
import type { Feed } from './feed.ts';
import { bump, type Ledger } from './ledger.ts';

export interface PostPort {
  readonly topology: Topology;
  readonly ledger: Ledger;
  readonly feed: Feed;
  /** Shows the viewers events that were rejected here. */
  showLate(lates: readonly LiveLate[]): void;
}

/** Folds events that came over HTTP, each its own source by its id (R5). Says how each ended, once that is durable. They never move a watermark (T6). */
export async function postEvents({ topology, ledger, feed, showLate }: PostPort, events: readonly PostedEvent[], now: number): Promise<Ended[]> {
  const judged = events.map((event) => ({
    event,
    parsed: topology.parse({ ...event, timestamp: event.timestamp ?? now, source: { id: event.id } }, now),
  }));
  const watermark = feed.watermark();
  const items = judged.flatMap(({ parsed }) => (parsed.ok ? [{ record: parsed.record, watermark }] : []));
  const letters = judged.flatMap(({ event: { id, key, value, timestamp = now }, parsed }) =>
    parsed.ok ? [] : [{ source: { id }, code: parsed.code, message: parsed.message, key, timestamp, value }],
  );
  const dispositions = await feed.fold(items, () => {
    for (const letter of letters) {
      bump(ledger.meta.records, `rejected/${letter.code}`);
      ledger.deadLetters.add(letter, now);
    }
  });
  if (letters.length > 0) showLate(letters.map(lateOf));
  let next = 0;
  return judged.map(({ event, parsed }) => {
    const { kind, code }: Disposition = parsed.ok ? (dispositions[next++] as Disposition) : { kind: 'rejected', code: parsed.code };
    return { id: event.id, disposition: kind, ...(code === undefined ? {} : { code }) };
  });
}
