import { map, type OperatorFunction } from 'rxjs';
import { messageOf } from '../core/errors.ts';
import type { Source } from '../core/record.ts';
import { refuseKey } from '../topology.ts';
import type { Keyed } from './items.ts';

/** What an event says of itself: whose it is, when it happened, and where it came from. */
export interface GroupByKeyOptions<E, V = E> {
  readonly key: (event: E) => string;
  /** Event time, integer ms since the epoch. */
  readonly timestamp: (event: E) => number;
  /** What the reducer is to see of the event; default: the event itself. */
  readonly value?: (event: E) => V;
  /** What makes an event that comes twice a duplicate (R5); default: nothing does. */
  readonly source?: (event: E) => Source | undefined;
}

/** Makes a record of each event. A key that is no text of 1 to 1,000 bytes, and a function that throws, reject the event alone (R7). */
export function groupByKey<E, V = E>(options: GroupByKeyOptions<E, V>): OperatorFunction<E, Keyed<V>> {
  const toValue = options.value ?? ((event: E) => event as unknown as V);
  return map((event): Keyed<V> => {
    try {
      const key = options.key(event);
      const refused = refuseKey(key);
      if (refused !== undefined) return { event, rejected: { code: 'KEY', message: refused } };
      const source = options.source?.(event);
      return { record: { key, value: toValue(event), timestamp: options.timestamp(event), ...(source === undefined ? {} : { source }) } };
    } catch (error) {
      return { event, rejected: { code: 'TOPOLOGY', message: messageOf(error) } };
    }
  });
}
