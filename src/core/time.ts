import { type Duration, durationOption } from './duration.ts';
import type { RejectCode } from './errors.ts';
import { requireChoice } from './option.ts';
import { isTimestamp, MAX_TIMESTAMP } from './record.ts';

/** T4: what the watermark is: what the source claims, the clock, or the greatest timestamp so far. */
export type TimeMode = 'source' | 'clock' | 'stream';

/** What time is to a topology, checked, with durations in ms; made by `timeOptions`. */
export interface TimeOptions {
  readonly mode: TimeMode;
  /** Of the greatest timestamp in `stream` mode: of all keys of the partition, or of each key alone. */
  readonly scope: 'partition' | 'key';
  /** How far ahead of `now` a record may be, ms (T8). */
  readonly maxFutureMs: number;
  /** How long past `closesAt`, by the clock, a window is held at most, ms (T6). Absent: until the watermark comes. */
  readonly maxHoldMs?: number;
}

/** What time is to a topology, as it is written down. Default: mode `source`, and in a pipeline of RxJS `clock`. */
export interface TimeSettings {
  readonly mode?: TimeMode;
  readonly scope?: 'partition' | 'key';
  /** Default 1 min; 0 ms or more. */
  readonly maxFuture?: Duration;
  /** Default: none; 0 ms or more. */
  readonly maxHold?: Duration;
}

/** Checks time settings and fills in the defaults. @throws OrielError `OPTION` for a mode, scope or duration out of bounds. */
export function timeOptions(given: TimeSettings = {}): TimeOptions {
  const { mode = 'source', scope = 'partition' } = given;
  requireChoice('time.mode', mode, ['source', 'clock', 'stream']);
  requireChoice('time.scope', scope, ['partition', 'key']);
  return Object.freeze({
    mode,
    scope,
    maxFutureMs: durationOption('time.maxFuture', given.maxFuture ?? 60_000, 0),
    ...(given.maxHold === undefined ? {} : { maxHoldMs: durationOption('time.maxHold', given.maxHold, 0) }),
  });
}

/** Before any record or claim. Travels as `null`. */
export const NO_WATERMARK = Number.NEGATIVE_INFINITY;

/** T8: why a timestamp is refused, or `undefined` where it is not. */
export function refuseTimestamp(timestamp: unknown, now: number, time: TimeOptions): { code: RejectCode; message: string } | undefined {
  if (!isTimestamp(timestamp)) {
    return {
      code: 'INVALID_TIMESTAMP',
      message: `timestamp ${(JSON.stringify(timestamp) ?? 'absent').slice(0, 100)}: the rule is whole ms since the epoch in [0, ${MAX_TIMESTAMP}].`,
    };
  }
  if (time.mode !== 'stream' && timestamp > now + time.maxFutureMs) {
    return {
      code: 'FUTURE_TIMESTAMP',
      message: `timestamp ${timestamp} is ${timestamp - now} ms ahead of the clock; the rule is at most ${time.maxFutureMs} ms.`,
    };
  }
  return undefined;
}
