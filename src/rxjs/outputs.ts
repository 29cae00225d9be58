import { filter, map, type OperatorFunction, pipe } from 'rxjs';
import type { Late, Rejected, Result } from '../core/result.ts';
import type { Final, Update, WindowOutput } from './items.ts';

/** Final results: of windows that have closed, and of records that decided one. */
export function closed<V, S, O>(): OperatorFunction<WindowOutput<V, S, O>, Result<O>> {
  return pipe(
    results(),
    filter((result) => result.final),
  );
}

/**
 * Results that a later revision may follow: `emit: 'update'` (R1). One with value null takes the one before back: the window was merged into another, or its state
 * was deleted.
 */
export function updates<V, S, O>(): OperatorFunction<WindowOutput<V, S, O>, Result<O | null>> {
  return pipe(
    results(),
    filter((result) => !result.final),
  );
}

/** Records that came too late (R4). */
export function late<V, S, O>(): OperatorFunction<WindowOutput<V, S, O>, Late<V, S>> {
  return pipe(
    filter((output) => output.kind === 'late'),
    map((output) => output.late),
  );
}

/** Records, events and windows that were refused (R4). */
export function rejected<V, S, O>(): OperatorFunction<WindowOutput<V, S, O>, Rejected<V>> {
  return pipe(
    filter((output) => output.kind === 'rejected'),
    map((output) => output.rejected),
  );
}

function results<V, S, O>(): OperatorFunction<WindowOutput<V, S, O>, Final<O> | Update<O>> {
  return pipe(
    filter((output) => output.kind === 'result'),
    map((output) => output.result),
  );
}
