import type { Keyed } from '../rxjs/items.ts';
import { keyedOf } from '../rxjs/through.ts';
import type { Topology } from '../topology.ts';
import type { Asked } from './messages.ts';

/**
 * The records that an event is, known again by its id (R5); or why it is none. One without a timestamp happened when it was sent.
 * @throws OrielError `ASYNC_OPERATOR` where `before` waits (D7).
 */
export function admit<V, S, O>(topology: Topology<V, S, O>, { ask, id = ask, at, event }: Asked): readonly Keyed<V>[] {
  return keyedOf(topology, event, { id }, at).map((one, i) =>
    i > 0 && 'record' in one ? { record: { ...one.record, source: { id: `${id}/${i}` } } } : one,
  );
}
