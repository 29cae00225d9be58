import { from, type OperatorFunction } from 'rxjs';
import { messageOf, OrielError } from '../core/errors.ts';

/**
 * Runs a stateless operator over a batch, to its end, before it returns (D7). @throws what the operator throws; OrielError `ASYNC_OPERATOR` where it has not
 * completed by the end of the batch: `delay`, `debounceTime`, a promise.
 */
export function runSync<In, Out>(operator: OperatorFunction<In, Out>, items: Iterable<In>): Out[] {
  const outputs: Out[] = [];
  const failures: unknown[] = [];
  let completed = false;
  const subscription = from(items)
    .pipe(operator)
    .subscribe({
      next: (output) => outputs.push(output),
      error: (error: unknown) => failures.push(error),
      complete: () => {
        completed = true;
      },
    });
  subscription.unsubscribe();
  if (failures.length > 0) throw failures[0];
  if (completed) return outputs;
  throw new OrielError(
    'ASYNC_OPERATOR',
    'An operator before or after the windows had not completed at the end of its batch; the rule is operators that wait for nothing, such as map and filter.',
  );
}

/** A user function's own failure refuses one item (R7); an operator that waits is a fault of the topology, and is thrown. */
export function attempt<T>(call: () => T, refused: (why: { readonly code: 'TOPOLOGY'; readonly message: string }) => T): T {
  try {
    return call();
  } catch (error) {
    if (error instanceof OrielError && error.code === 'ASYNC_OPERATOR') throw error;
    return refused({ code: 'TOPOLOGY', message: messageOf(error) });
  }
}
