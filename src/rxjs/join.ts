import { EMPTY, from, map, merge, type ObservableInput, type OperatorFunction } from 'rxjs';
import { BOUND, type Bound, type Definition } from '../core/definition.ts';
import { DAY_MS, type Duration, durationOption } from '../core/duration.ts';
import { join } from '../core/join.ts';
import type { JoinState } from '../core/join-rules.ts';
import type { JoinKind } from '../core/windows/join.ts';
import type { Keyed, WindowOutput } from './items.ts';
import { admitJoined } from './join-admit.ts';
import { run } from './run.ts';
import { type RunOptions, runTime } from './run-options.ts';
import { onSide, type Sided } from './sided.ts';

/** Which records of two streams are partners, and what is said of them. Durations as `'15m'` or in ms. */
export interface JoinWithinOptions<L, R, O> extends RunOptions {
  /** Part of every result's id; default `join`. */
  readonly name?: string;
  /** How far before a left record its right partners may be; ms may be negative, as long as `before + after` is not. */
  readonly before: Duration;
  /** How far after a left record its right partners may be. */
  readonly after: Duration;
  /** How long past that a record still finds its partners: 0 ms or more. Required (W9). */
  readonly grace: Duration;
  /** What is said of two partners; on an outer side also of a record that has found none: then the other is null. */
  readonly join: (left: L, right: R) => O;
  /** How long a record is remembered past its closing; default 24 h, 0 ms or more (W8). */
  readonly retention?: Duration;
  readonly bound?: Partial<Bound>;
}

/** All that comes out of a join: `closed()`, `late()` and `rejected()` take it apart. */
export type JoinOutput<L, R, O, K extends string | null = string> = WindowOutput<Sided<L, R>, JoinState<Sided<L, R>>, O, K>;

/**
 * Every two partners, when the second of them comes (W10): of a left record at `t` the right ones of its key in `[t - before, t + after]`. Completes when both streams
 * have, as `reduceWindow` does; an error of either ends it. A record of no key or no value is refused; a `join` that throws refuses the record it was called for (R7).
 *
 * ```marbles
 * left                                            -a-------b----------
 * right                                           ---c-d---------e----
 * innerJoin({ before: 1, after: 4, grace: 1 })    ---C-D
 * leftJoin({ before: 1, after: 4, grace: 1 })     ---C-D---------b
 * outerJoin({ before: 1, after: 4, grace: 1 })    ---C-D---------b--e
 * ```
 * @throws OrielError `OPTION` for an option out of bounds.
 */
export function innerJoin<L, R, O>(
  right$: ObservableInput<Keyed<R, string | null>>,
  options: JoinWithinOptions<L, R, O>,
): OperatorFunction<Keyed<L, string | null>, JoinOutput<L, R, O>> {
  return joined('inner', right$, options, (left, right) => options.join(left as L, right as R));
}

/**
 * As `innerJoin`, and every left record that has found no partner, when none can come any more: at `t + after + grace + 1`, with no further record. One that has no key
 * has none for certain, and is told at once, with the key null.
 * @throws OrielError `OPTION` for an option out of bounds.
 */
export function leftJoin<L, R, O, K extends string | null>(
  right$: ObservableInput<Keyed<R, string | null>>,
  options: JoinWithinOptions<L, R | null, O>,
): OperatorFunction<Keyed<L, K>, JoinOutput<L, R, O, K>> {
  return joined('left', right$, options, (left, right) => options.join(left as L, right));
}

/**
 * As `leftJoin`, of both sides: a right record at `t` can find no partner any more at `t + before + grace + 1`.
 * @throws OrielError `OPTION` for an option out of bounds.
 */
export function outerJoin<L, R, O, KL extends string | null, KR extends string | null>(
  right$: ObservableInput<Keyed<R, KR>>,
  options: JoinWithinOptions<L | null, R | null, O>,
): OperatorFunction<Keyed<L, KL>, JoinOutput<L, R, O, KL | KR>> {
  return joined('outer', right$, options, options.join);
}

/** One run over the records of both streams, the left one subscribed first; of a stream joined with itself each record comes on both sides, one after the other. What has no key is told only on sides whose type says so. */
function joined<L, R, O, K extends string | null>(
  kind: JoinKind,
  right$: ObservableInput<Keyed<R, string | null>>,
  options: Omit<JoinWithinOptions<L, R, O>, 'join'>,
  say: (left: L | null, right: R | null) => O,
): OperatorFunction<Keyed<L, string | null>, JoinOutput<L, R, O, K>> {
  const { before, after, grace } = options;
  const definitionOf = (self: boolean): Definition<Sided<L, R>, JoinState<Sided<L, R>>, O> =>
    Object.freeze({
      name: options.name ?? 'join',
      version: 1,
      ...join<Sided<L, R>, O>({
        kind,
        before,
        after,
        grace,
        self,
        side: ({ side }) => side,
        join: (left, right) => say((left?.value ?? null) as L | null, (right?.value ?? null) as R | null),
      }),
      emit: 'close',
      time: runTime(options),
      retentionMs: durationOption(`${kind}Join: retention`, options.retention ?? DAY_MS, 0),
      bound: Object.freeze({ ...BOUND, ...options.bound }),
    });
  // Out of bounds it is to throw now.
  definitionOf(false);
  return (left$) => {
    const isSelf = (left$ as unknown) === right$;
    const definition = definitionOf(isSelf);
    const admit = admitJoined(definition, say);
    const lefts$ = left$.pipe(map((keyed) => [onSide<L, R>('left', keyed), ...(isSelf ? [onSide<L, R>('right', keyed)] : [])]));
    const rights$ = isSelf ? EMPTY : from(right$).pipe(map((keyed) => [onSide<L, R>('right', keyed)]));
    return run(merge(lefts$, rights$), definition, options, { admit }) as ReturnType<OperatorFunction<unknown, JoinOutput<L, R, O, K>>>;
  };
}
