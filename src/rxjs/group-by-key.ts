import { map, type OperatorFunction } from 'rxjs';
import { messageOf } from '../core/errors.ts';
import type { Source } from '../core/record.ts';
import { refuseKey } from '../topology.ts';
import type { Keyed } from './items.ts';

/** What an event says of itself: whose it is, when it happened, and where it came from. */
export interface GroupByKeyOptions<E, V = E, K extends string | null = string> {
  /** May say null, that the event has no key, only on a side of a join. */
  readonly key: (event: E) => K;
  /** Event time, integer ms since the epoch. */
  readonly timestamp: (event: E) => number;
  /** What the reducer is to see of the event; default: the event itself. */
  readonly value?: (event: E) => V;
  /** What makes an event that comes twice a duplicate (R5); default: nothing does. */
  readonly source?: (event: E) => Source | undefined;
}

/** Makes a record of each event. A key that is no text of 1 to 1,000 bytes, and a function that throws, reject the event alone (R7). */
export function groupByKey<E, V = E, K extends string | null = string>(
  options: GroupByKeyOptions<E, V, K>,
): OperatorFunction<E, Keyed<V, null extends K ? string | null : string>>;
export function groupByKey<E, V>(options: GroupByKeyOptions<E, V, string | null>): OperatorFunction<E, Keyed<V, string | null>> {
  const toValue = options.value ?? ((event: E) => event as unknown as V);
  return map((event): Keyed<V, string | null> => {
    try {
      const key = options.key(event);
      const refused = refuseKey(key);
      if (refused !== undefined && key !== null) return { event, rejected: { code: 'KEY', message: refused } };
      const source = options.source?.(event);
      const value = toValue(event);
      const timestamp = options.timestamp(event);
      if (key !== null) return { record: { key, value, timestamp, ...(source === undefined ? {} : { source }) } };
      return { event, rejected: { code: 'KEY', message: refused ?? '' }, unkeyed: { value, timestamp, ...(source === undefined ? {} : { source }) } };
    } catch (error) {
      return { event, rejected: { code: 'TOPOLOGY', message: messageOf(error) } };
    }
  });
}
