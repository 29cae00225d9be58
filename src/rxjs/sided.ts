import type { Side } from '../core/join-rules.ts';
import { isLogSource, type Source, type StreamRecord } from '../core/record.ts';
import type { Keyed } from './items.ts';

/** The value of a record of one of the two streams of a join. */
export type Sided<L, R> = { readonly side: 'left'; readonly value: L } | { readonly side: 'right'; readonly value: R };

/**
 * A record of one of the two streams. Its source is one of that side: two streams may number their events alike, or be one and the same, and neither's are the other's
 * duplicates (R5).
 */
export function onSide<L, R>(side: Side, keyed: Keyed<L | R, string | null>): Keyed<Sided<L, R>, string | null> {
  if ('record' in keyed) return { record: sided(keyed.record) };
  const { event, unkeyed, rejected } = keyed;
  const { record, ...why } = rejected;
  return {
    event,
    rejected: record === undefined ? why : { ...why, record: sided(record) },
    ...(unkeyed === undefined ? {} : { unkeyed: sided(unkeyed) }),
  };

  function sided<T extends Omit<StreamRecord<L | R>, 'key'>>(record: T): Omit<T, 'value'> & { readonly value: Sided<L, R> } {
    const { value, source } = record;
    return { ...record, value: { side, value } as Sided<L, R>, ...(source === undefined ? {} : { source: sourceOn(source) }) };
  }

  /** The incarnation is told to nobody; the id of an event is, with its side before it. */
  function sourceOn(source: Source): Source {
    if (!isLogSource(source)) return { id: `${side}:${source.id}` };
    return { ...source, incarnation: `${side}:${source.incarnation ?? ''}` };
  }
}
