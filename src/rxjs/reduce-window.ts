import { map, Observable, type OperatorFunction } from 'rxjs';
import { BOUND, type Bound, type Definition, type MergingReducer, type Outcomes, type Reducer } from '../core/definition.ts';
import { DAY_MS, type Duration, durationOption } from '../core/duration.ts';
import { OrielError } from '../core/errors.ts';
import { emitOption, type Suppression } from '../core/suppress.ts';
import type { WindowKind } from '../core/window.ts';
import { type Inferred, requireMerge, stateAsResult } from '../topology.ts';
import type { Keyed, Windowed, WindowOutput } from './items.ts';
import { run } from './run.ts';
import { type RunOptions, runTime } from './run-options.ts';

/** What can be said of a reduction beside its reducer: what is told and when, how long windows are remembered, and how it runs. */
export interface ReduceWindowOptions<V, S, O> extends RunOptions {
  /** Part of every result's id; default `stream`. */
  readonly name?: string;
  /** Of the shape of stored states, from 1; `migrate` brings older ones up (D9). */
  readonly version?: number;
  readonly migrate?: (state: unknown, from: number) => S;
  readonly outcomes?: Outcomes<V, S, O>;
  /** Default `close` (R1). */
  readonly emit?: 'close' | 'update';
  /** Holds updates back: `untilWindowCloses()`, `untilTimeLimit(limit)`. Default: none is. */
  readonly suppress?: Suppression;
  /** Default 24 h, 0 ms or more (W8). */
  readonly retention?: Duration;
  readonly bound?: Partial<Bound>;
}

/**
 * Says which windows the records of a key stand in. `reduceWindow` follows it at once. What a window of each kind has counted when it closes, where each
 * record comes at its event time, by the clock (a frame is 1 ms):
 *
 * ```marbles
 * record                                        -a-b----c-
 * anchored({ size: 5, grace: 1 })               -------2------1
 * tumbling({ size: 5, grace: 1 })               ------2----1
 * hopping({ size: 4, advance: 2, grace: 1 })    -----2-1---1-1
 * sliding({ timeDifference: 4, grace: 1 })      ------2-1-1
 * session({ gap: 3, grace: 1 })                 --------2----1
 * unlimited()                                   -
 * ```
 */
export function windowed<V, M extends boolean>(windows: WindowKind<V, M>): OperatorFunction<Keyed<V>, Windowed<V, M>> {
  return (keyed$) => new WindowedStream(keyed$, windows);
}

/** Knows its windows before its first record: what a store holds open closes on time, also on an idle stream (T7). */
class WindowedStream<V, M extends boolean> extends Observable<Windowed<V, M>> {
  readonly windows: WindowKind<V, M>;

  constructor(keyed$: Observable<Keyed<V>>, windows: WindowKind<V, M>) {
    super((subscriber) => keyed$.pipe(map((keyed) => ({ windows, keyed }))).subscribe(subscriber));
    this.windows = windows;
  }
}

/**
 * Reduces the records of each key and window to a state, and gives it as the window's result, or what `outcomes` says of it. Subscribing starts one processor;
 * unsubscribing stops it. Completes after the source: in `clock` mode once every open window has closed that ever does, in `stream` mode at once (it claims its clock, and
 * whatever instant is still due), in `source` mode when `watermarks$` has completed too. An error of the source, of `watermarks$` or of the store ends it; one of
 * a reducer rejects the record (R7).
 *
 * Each change of a window, then its final result (R1); `x` takes back a session that was merged into a longer one:
 *
 * ```marbles
 * record                                        -a---b----
 * { emit: 'update' }
 * anchored({ size: 8, grace: 1 })               -1---2----2
 * tumbling({ size: 8, grace: 1 })               -1---2---2
 * hopping({ size: 8, advance: 4, grace: 1 })    -1---(21)2---1
 * sliding({ timeDifference: 7, grace: 1 })      -1---(12)2-1
 * session({ gap: 4, grace: 1 })                 -1---(x2)--2
 * unlimited()                                   -1---2
 * ```
 *
 * What of it is told:
 *
 * ```marbles
 * record                                        -ab--c----
 * tumbling({ size: 8, grace: 1 })               ---------3
 * { emit: 'update' }                            -12--3---3
 * { suppress: untilWindowCloses() }             ---------3
 * { suppress: untilTimeLimit(2) }               ---2---3-3
 * ```
 *
 * @throws OrielError `OPTION` for an option out of bounds.
 */
export function reduceWindow<V, S, R = S, O = R>(
  reducer: MergingReducer<V, S, R>,
  options?: ReduceWindowOptions<V, S, O>,
): OperatorFunction<Windowed<V>, WindowOutput<V, S, Inferred<O>>>;
export function reduceWindow<V, S, R = S, O = R>(
  reducer: Reducer<V, S, R>,
  options?: ReduceWindowOptions<V, S, O>,
): OperatorFunction<Windowed<V, false>, WindowOutput<V, S, Inferred<O>>>;
export function reduceWindow<V, S, R = S, O = R>(
  reducer: Reducer<V, S, R>,
  options: ReduceWindowOptions<V, S, O> = {},
): OperatorFunction<Windowed<V>, WindowOutput<V, S, O>> {
  const definition: Omit<Definition<V, S, O>, 'windows'> = {
    name: options.name ?? 'stream',
    version: options.version ?? 1,
    migrate: options.migrate,
    reducer,
    outcomes: options.outcomes ?? (stateAsResult(reducer) as unknown as Outcomes<V, S, O>),
    emit: emitOption(options.emit, options.suppress),
    suppress: options.suppress,
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
    const { windows } = source as WindowedStream<V, boolean>;
    requireMerge('reduceWindow', windows, reducer);
    return run(source.pipe(map(({ keyed }) => [keyed])), Object.freeze({ ...definition, windows }), options);
  };
}
