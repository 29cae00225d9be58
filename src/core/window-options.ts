import { DAY_MS, type Duration, durationOption } from './duration.ts';
import { badOption } from './option.ts';
import { MAX_TIMESTAMP, type StreamRecord } from './record.ts';

/** What every kind of window that closes has beside its measures. */
export interface WindowOptions<V> {
  /** How long past its end a window still takes records: 0 ms or more. Required (W9). */
  readonly grace: Duration;
  /** Which of a key's windows a record belongs to; default: one row of windows for all. */
  readonly id?: (record: StreamRecord<V>) => string;
}

/** The longest size, gap or time difference. */
const MAX_SIZE_MS = 366 * DAY_MS;

/** A size, gap or time difference in ms: 1 ms to 366 d. @throws OrielError `OPTION` for one out of bounds. */
export function sizeOption(name: string, given: Duration): number {
  return durationOption(name, given, 1, MAX_SIZE_MS);
}

/** @throws OrielError `OPTION` where it was not given, or is negative. */
export function graceOption(kind: string, grace: Duration | undefined): number {
  if (grace === undefined) throw badOption(`${kind}: grace`, grace, "that lateness has no silent default: '1m', or '0ms' for none");
  return durationOption(`${kind}: grace`, grace, 0, MAX_TIMESTAMP);
}
