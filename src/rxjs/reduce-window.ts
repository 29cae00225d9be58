import { map, Observable, type OperatorFunction } from 'rxjs';
import { BOUND, type Bound, type Definition, type Outcomes, type Reducer } from '../core/definition.ts';
import { DAY_MS, type Duration, durationOption } from '../core/duration.ts';
import { OrielError } from '../core/errors.ts';
import type { WindowKind } from '../core/window.ts';
import { stateAsResult } from '../topology.ts';
import type { Keyed, Windowed, WindowOutput } from './items.ts';
import { run } from './run.ts';
import { type RunOptions, runTime } from './run-options.ts';

export interface ReduceWindowOptions<V, S, O> extends RunOptions {
  /** Part of every result's id; default `stream`. */
  readonly name?: string;
  /** Of the shape of stored states, from 1; `migrate` brings older ones up (D9). */
  readonly version?: number;
  readonly migrate?: (state: unknown, from: number) => S;
  readonly outcomes?: Outcomes<V, S, O>;
  /** Default `close` (R1). */
  readonly emit?: 'close' | 'update';
  /** Default 24 h, 0 ms or more (W8). */
  readonly retention?: Duration;
  readonly bound?: Partial<Bound>;
}

/** Says which windows the records of a key stand in. `reduceWindow` follows it at once. */
export function windowed<V>(windows: WindowKind<V>): OperatorFunction<Keyed<V>, Windowed<V>> {
  return (keyed$) => new WindowedStream(keyed$, windows);
}

/** Knows its windows before its first record: what a store holds open closes on time, also on an idle stream (T7). */
class WindowedStream<V> extends Observable<Windowed<V>> {
  readonly windows: WindowKind<V>;

  constructor(keyed$: Observable<Keyed<V>>, windows: WindowKind<V>) {
    super((subscriber) => keyed$.pipe(map((keyed) => ({ windows, keyed }))).subscribe(subscriber));
    this.windows = windows;
  }
}

/**
 * Reduces the records of each key and window to a state, and gives it as the window's result, or what `outcomes` says of it. Subscribing starts one processor;
 * unsubscribing stops it. Completes after the source: in `clock` mode once every open window has closed, in `stream` mode at once (it claims its clock, and
 * whatever instant is still due), in `source` mode when `watermarks$` has completed too. An error of the source, of `watermarks$` or of the store ends it; one of
 * a reducer rejects the record (R7).
 * @throws OrielError `OPTION` for an option out of bounds.
 */
export function reduceWindow<V, S>(
  reducer: Reducer<V, S>,
  options?: ReduceWindowOptions<V, S, S> & { readonly outcomes?: never },
): OperatorFunction<Windowed<V>, WindowOutput<V, S, S>>;
export function reduceWindow<V, S, O>(
  reducer: Reducer<V, S>,
  options: ReduceWindowOptions<V, S, O> & { readonly outcomes: Outcomes<V, S, O> },
): OperatorFunction<Windowed<V>, WindowOutput<V, S, O>>;
export function reduceWindow<V, S, O>(
  reducer: Reducer<V, S>,
  options: ReduceWindowOptions<V, S, O> = {},
): OperatorFunction<Windowed<V>, WindowOutput<V, S, O>> {
  const definition: Omit<Definition<V, S, O>, 'windows'> = {
    name: options.name ?? 'stream',
    version: options.version ?? 1,
    migrate: options.migrate,
    reducer,
    outcomes: options.outcomes ?? (stateAsResult<S>() as unknown as Outcomes<V, S, O>),
    emit: options.emit ?? 'close',
    time: runTime(options),
    retentionMs: durationOption('reduceWindow: retention', options.retention ?? DAY_MS, 0),
    bound: { ...BOUND, ...options.bound },
  };
  return (source) => {
    if (!(source instanceof WindowedStream)) {
      throw new OrielError(
        'OPTION',
        'reduceWindow: stands after another operator than windowed; the rule is windowed(kind), reduceWindow(reducer), with nothing between.',
      );
    }
    const { windows } = source as WindowedStream<V>;
    return run(source.pipe(map(({ keyed }) => [keyed])), Object.freeze({ ...definition, windows }), options);
  };
}
