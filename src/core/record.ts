/** Where a record stands in its log. `offset` is a decimal string of a non-negative 64-bit integer; `incarnation` names the log itself (P6). */
export interface LogSource {
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  readonly incarnation?: string;
}

/** A record that came over HTTP: its own event id. */
export interface EventSource {
  readonly id: string;
}

/** Where a record came from, so that it is known again when it comes twice (R5): a place in a log, or an event id. */
export type Source = LogSource | EventSource;

/** One event of one key. `timestamp` is event time, integer ms since the epoch in `[0, 8.64e15]`. */
export interface StreamRecord<V = unknown> {
  readonly key: string;
  readonly value: V;
  readonly timestamp: number;
  /** Absent where a record cannot come twice: then it is never a duplicate (R5). */
  readonly source?: Source;
}

/** The greatest instant a `Date` can hold. */
export const MAX_TIMESTAMP = 8.64e15;

export function isTimestamp(given: unknown): given is number {
  return typeof given === 'number' && Number.isInteger(given) && given >= 0 && given <= MAX_TIMESTAMP;
}

export function isLogSource(source: Source): source is LogSource {
  return 'offset' in source;
}

/** Compares two offsets in canonical decimal form (no sign, no leading zero): negative, zero or positive. */
export function compareOffsets(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);
}

/** Whether an offset comes after another. */
export function isAfter(offset: string, other: string): boolean {
  return compareOffsets(offset, other) > 0;
}

/** The log a source belongs to; positions are kept by it. Topics have no `/` (Kafka's rule), so two logs never share a name. */
export function logOf(source: LogSource): string {
  const { topic, partition, incarnation = '' } = source;
  if (topic !== last.topic || partition !== last.partition || incarnation !== last.incarnation) {
    last = { topic, partition, incarnation, name: `${topic}/${partition}/${incarnation}` };
  }
  return last.name;
}

/** The last log that was named: nearly every record is of the same one as the record before it, and a text made anew is compared letter by letter. */
let last = { topic: '', partition: -1, incarnation: '', name: '' };

/** (timestamp, offset) order, in which an opener takes the waiting (W4). Records without an offset keep their order of arrival. */
export function byEventTime(a: StreamRecord, b: StreamRecord): number {
  if (a.timestamp !== b.timestamp) return a.timestamp - b.timestamp;
  if (a.source === undefined || b.source === undefined || !isLogSource(a.source) || !isLogSource(b.source)) return 0;
  return compareOffsets(a.source.offset, b.source.offset);
}
