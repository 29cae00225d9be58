import { type Duration, durationOption } from './duration.ts';
import { OrielError } from './errors.ts';

/** Which of a window's changes are told (W7). A frozen value, made by the two functions below. */
export type Suppression =
  | { readonly until: 'close' }
  | {
      readonly until: 'limit';
      readonly limitMs: number;
      /** Changes suppressed at the same time; absent: any number. */
      readonly maxRecords?: number;
      readonly whenFull: 'emit' | 'fail';
    };

/** How many changes are suppressed, and what becomes of one too many. */
export interface TimeLimitOptions {
  /** Most changes that are suppressed at the same time, over all keys of the state (in a Durable Object: of the one key); 0 or more, default: any number. */
  readonly maxRecords?: number;
  /** When there are more: `emit` (default) lets the one go that is due first; `fail` refuses the record, `TOO_MANY_SUPPRESSED`. */
  readonly whenFull?: 'emit' | 'fail';
}

/**
 * Only the final result of a window is told. It differs from `emit: 'close'` in `stream` mode alone, where it is Kafka Streams' operator to the tick: a sliding or session
 * window is told one tick before it closes, and once more where a record of that tick still changes it.
 */
export function untilWindowCloses(): Suppression {
  return Object.freeze({ until: 'close' });
}

/**
 * Of the changes of a window only the last within a time is told: `limit` after the first that was suppressed, by its timestamp and the watermark. 0 ms tells all.
 * @throws OrielError `OPTION` for a limit or a number out of bounds.
 */
export function untilTimeLimit(limit: Duration, { maxRecords, whenFull = 'emit' }: TimeLimitOptions = {}): Suppression {
  const limitMs = durationOption('untilTimeLimit: limit', limit, 0);
  if (maxRecords !== undefined && (!Number.isSafeInteger(maxRecords) || maxRecords < 0)) {
    throw new OrielError('OPTION', `untilTimeLimit: maxRecords ${String(maxRecords)} was given; the rule is a whole number from 0.`);
  }
  if (whenFull !== 'emit' && whenFull !== 'fail') {
    throw new OrielError('OPTION', `untilTimeLimit: whenFull ${JSON.stringify(whenFull)} was given; the rule is 'emit' or 'fail'.`);
  }
  return Object.freeze({ until: 'limit', limitMs, ...(maxRecords === undefined ? {} : { maxRecords }), whenFull });
}

/** What is told at all, where `suppress` may say it. @throws OrielError `OPTION` where both are given and contradict each other. */
export function emitOption(emit: 'close' | 'update' | undefined, suppress: Suppression | undefined): 'close' | 'update' {
  if (suppress === undefined) return emit ?? 'close';
  const own = suppress.until === 'close' ? 'close' : 'update';
  if (emit === undefined || emit === own) return own;
  throw new OrielError(
    'OPTION',
    `emit: '${emit}' was given with suppress: ${suppress.until === 'close' ? 'untilWindowCloses' : 'untilTimeLimit'}; the rule is one of them: suppress says by itself what is told.`,
  );
}
