import type { StreamRecord } from '../core/record.ts';
import type { Rejected } from '../core/result.ts';
import { attempt, runSync } from '../rxjs/run-sync.ts';
import { type Parsed, refuseKey, type Topology } from '../topology.ts';
import type { Asked } from './messages.ts';

/** The records that an event is, known again by its id (R5); or why it is none. */
export type Admitted<V> = { readonly records: readonly StreamRecord<V>[] } | { readonly rejected: Rejected<V>; readonly event: unknown };

/** Judges an event as it was sent. One without a timestamp happened when it was sent. @throws OrielError `ASYNC_OPERATOR` where `before` waits (D7). */
export function admit<V, S, O>(topology: Topology<V, S, O>, { ask, id = ask, at, text = '' }: Asked): Admitted<V> {
  const { before } = topology;
  let event: unknown;
  let key: unknown;
  try {
    event = JSON.parse(text);
    key = topology.keyOf(event);
  } catch {
    // Without a key it is refused, with the reason.
  }
  // The future is judged by the time settings of the tab, not by those of the topology.
  const parse = (timestamp?: number): Parsed<V> => topology.parse({ key, value: event, timestamp, source: { id } }, Number.POSITIVE_INFINITY);
  let parsed = parse();
  if (!parsed.ok && parsed.code === 'INVALID_TIMESTAMP' && (event as { timestamp?: unknown } | null)?.timestamp === undefined) parsed = parse(at);
  if (!parsed.ok) return { event, rejected: { code: parsed.code, message: parsed.message } };
  const { record } = parsed;
  return attempt<Admitted<V>>(
    () => {
      const passed = before === undefined ? [record] : runSync(before, [record]);
      return {
        records: passed.map((one, i) => {
          const badKey = refuseKey(one.key);
          if (badKey !== undefined) throw new Error(badKey);
          return i === 0 ? one : { ...one, source: { id: `${id}/${i}` } };
        }),
      };
    },
    (refused) => ({ event, rejected: { ...refused, record } }),
  );
}
