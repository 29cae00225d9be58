import { map, type OperatorFunction } from 'rxjs';
import { messageOf } from '../core/errors.ts';
import type { Source } from '../core/record.ts';
import { refuseKey } from '../topology.ts';
import type { Keyed } from './items.ts';

export interface GroupByKeyOptions<V> {
  readonly key: (event: V) => string;
  /** Event time, integer ms since the epoch. */
  readonly timestamp: (event: V) => number;
  /** What makes an event that comes twice a duplicate (R5); default: nothing does. */
  readonly source?: (event: V) => Source | undefined;
}

/** Makes a record of each event. A key that is no text of 1 to 1,000 bytes, and a function that throws, reject the event alone (R7). */
export function groupByKey<V>(options: GroupByKeyOptions<V>): OperatorFunction<V, Keyed<V>> {
  return map((event): Keyed<V> => {
    try {
      const key = options.key(event);
      const refused = refuseKey(key);
      if (refused !== undefined) return { event, rejected: { code: 'KEY', message: refused } };
      const source = options.source?.(event);
      return { record: { key, value: event, timestamp: options.timestamp(event), ...(source === undefined ? {} : { source }) } };
    } catch (error) {
      return { event, rejected: { code: 'TOPOLOGY', message: messageOf(error) } };
    }
  });
}
