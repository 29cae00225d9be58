import { filter, map, type OperatorFunction, pipe } from 'rxjs';
import type { Late, Rejected, Result } from '../core/result.ts';
import type { Final, Update, WindowOutput } from './items.ts';

/**
 * Final results: of windows that have closed, and of records that decided one.
 *
 * ```marbles
 * record                             -a-b----c-
 * anchored({ size: 5, grace: 1 })    -------2------1
 * { emit: 'update' }                 -1-2---21-----1
 * closed()                           -------2------1
 * updates()                          -1-2----1
 * ```
 */
export function closed<V, S, O, K extends string | null>(): OperatorFunction<WindowOutput<V, S, O, K>, Result<O, K>> {
  return pipe(
    results(),
    filter((result) => result.final),
  );
}

/**
 * Results that a later revision may follow: `emit: 'update'` (R1). One with value null takes the one before back: the window was merged into another, or its state
 * was deleted.
 */
export function updates<V, S, O, K extends string | null>(): OperatorFunction<WindowOutput<V, S, O, K>, Result<O | null, K>> {
  return pipe(
    results(),
    filter((result) => !result.final),
  );
}

/**
 * Records that came too late (R4).
 *
 * ```marbles
 * record                             -a------b-
 * at                                 b=2
 * anchored({ size: 5, grace: 1 })
 * late()                             --------b
 * closed()                           -------1
 * ```
 */
export function late<V, S, O, K extends string | null>(): OperatorFunction<WindowOutput<V, S, O, K>, Late<V, S>> {
  return pipe(
    filter((output) => output.kind === 'late'),
    map((output) => output.late),
  );
}

/**
 * Records, events and windows that were refused (R4). An error of the reducer refuses the one record: the stream goes on (R7).
 *
 * ```marbles
 * record                             -a-z-b--
 * anchored({ size: 5, grace: 1 })
 * rejected()                         ---z
 * closed()                           -------2
 * ```
 */
export function rejected<V, S, O, K extends string | null>(): OperatorFunction<WindowOutput<V, S, O, K>, Rejected<V>> {
  return pipe(
    filter((output) => output.kind === 'rejected'),
    map((output) => output.rejected),
  );
}

function results<V, S, O, K extends string | null>(): OperatorFunction<WindowOutput<V, S, O, K>, Final<O, K> | Update<O, K>> {
  return pipe(
    filter((output) => output.kind === 'result'),
    map((output) => output.result),
  );
}
