import type { Context } from './context.ts';
import type { Saying } from './definition.ts';
import { type Duration, durationOption } from './duration.ts';
import { badOption, requireChoice, requireCount } from './option.ts';
import type { StreamRecord } from './record.ts';
import type { Deadlines, KeyState, State, WindowEntry } from './state.ts';
import { suppressedOf } from './suppressed.ts';
import type { Change, Window } from './window.ts';

/** Which of a window's changes are told (W7). A frozen value, made by the two functions below. It brings along what holds them back. */
export type Suppression = { readonly suppressedOf: (state: State) => Suppressed } & (
  | { readonly until: 'close' }
  | {
      readonly until: 'limit';
      readonly limitMs: number;
      /** Changes suppressed at the same time; absent: any number. */
      readonly maxRecords?: number;
      readonly whenFull: 'emit' | 'fail';
    }
);

/** The changes of a state that are held back. */
export interface Suppressed {
  /** How many. */
  readonly count: number;
  /** When the next one may be told. */
  readonly nextAt: number | undefined;
  /** @throws OrielError `TOO_MANY_SUPPRESSED` where these changes would hold more back than there is room for, and the topology says to fail. */
  refuse<V, S, O>(context: Context<V, S, O>, key: KeyState<V, S>, record: StreamRecord<V>, changes: readonly Change<S>[]): void;
  /** A window has changed: it is held back, or told. `timestamp`: of the record that changed it; `upTo`: how far time had come for Kafka Streams' operator. */
  change<V, S, O>(context: Context<V, S, O>, entry: WindowEntry<V, S>, updated: Saying<O> | undefined, timestamp: number, upTo?: number): void;
  /** Something is said of a window, which has a new revision. */
  said<V, S, O>(context: Context<V, S, O>, key: KeyState<V, S>, window: Window<S>): void;
  /** Time has come as far as the watermark, by a claim or by the records of other keys. */
  advanced<V, S, O>(context: Context<V, S, O>): void;
  /** Before what is due is settled, which `settleDue` does up to an instant. */
  settle<V, S, O>(context: Context<V, S, O>, settleDue: (context: Context<V, S, O>, from: Deadlines, upTo: number) => void): void;
  /** The final result of a window is told: it has the last word. */
  close<V, S, O>(context: Context<V, S, O>, entry: WindowEntry<V, S>): void;
  /** A change is held back no longer. */
  clear<V, S>(key: KeyState<V, S>, window: Window<S>): void;
  /** A window is put back from where it is stored. */
  restore(entry: WindowEntry, until: number): void;
}

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
  return Object.freeze({ until: 'close', suppressedOf });
}

/**
 * Of the changes of a window only the last within a time is told: `limit` after the first that was suppressed, by its timestamp and the watermark. 0 ms tells all.
 * @throws OrielError `OPTION` for a limit or a number out of bounds.
 */
export function untilTimeLimit(limit: Duration, { maxRecords, whenFull = 'emit' }: TimeLimitOptions = {}): Suppression {
  const limitMs = durationOption('untilTimeLimit: limit', limit, 0);
  if (maxRecords !== undefined) requireCount('untilTimeLimit: maxRecords', maxRecords, 0);
  requireChoice('untilTimeLimit: whenFull', whenFull, ['emit', 'fail']);
  return Object.freeze({ until: 'limit', suppressedOf, limitMs, ...(maxRecords !== undefined && { maxRecords }), whenFull });
}

/** What is told at all, where `suppress` may say it. @throws OrielError `OPTION` where both are given and contradict each other. */
export function emitOption(emit: 'close' | 'update' | undefined, suppress: Suppression | undefined): 'close' | 'update' {
  if (suppress === undefined) return emit ?? 'close';
  const own = suppress.until === 'close' ? 'close' : 'update';
  if (emit === undefined || emit === own) return own;
  throw badOption('emit', emit, 'that suppress says by itself what is told: leave one of them out');
}
