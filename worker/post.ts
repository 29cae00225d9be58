import type { Disposition } from '../src/core/step.ts';
import type { Topology } from '../src/topology.ts';
import type { Disposition as Ended, PostedEvent } from './api.ts';
import type { Feed } from './feed.ts';
import { bump, type Ledger } from './ledger.ts';

/** Folds events that came over HTTP, each its own source by its id (R5). Says how each ended, once that is durable. They never move a watermark (T6). */
export async function postEvents(topology: Topology, ledger: Ledger, feed: Feed, events: readonly PostedEvent[], now: number): Promise<Ended[]> {
  const judged = events.map((event) => ({
    event,
    parsed: topology.parse({ ...event, timestamp: event.timestamp ?? now, source: { id: event.id } }, now),
  }));
  const watermark = feed.watermark();
  const items = judged.flatMap(({ parsed }) => (parsed.ok ? [{ record: parsed.record, watermark }] : []));
  const dispositions = await feed.fold(items, () => {
    for (const { event, parsed } of judged) {
      if (parsed.ok) continue;
      const { key, value, timestamp = now } = event;
      bump(ledger.meta.records, `rejected/${parsed.code}`);
      ledger.addDeadLetter({ source: { id: event.id }, code: parsed.code, message: parsed.message, key, timestamp, value }, now);
    }
  });
  let next = 0;
  return judged.map(({ event, parsed }) => {
    const { kind, code }: Disposition = parsed.ok ? (dispositions[next++] as Disposition) : { kind: 'rejected', code: parsed.code };
    return { id: event.id, disposition: kind, ...(code === undefined ? {} : { code }) };
  });
}
