import type { Context } from './context.ts';
import type { Reducer, Saying } from './definition.ts';
import { OrielError } from './errors.ts';
import { type Plan, planFold, planUpdate, retraction } from './plan.ts';
import type { StreamRecord } from './record.ts';
import type { FoldedSources } from './sources.ts';
import type { Change, Window } from './window.ts';

/** The plan of one change among several. */
export interface ChangePlan<S, O> extends Plan<S, O> {
  readonly change: Change<S>;
  /** What the window starts from. */
  readonly before: S;
  /** Of the window that is copied, as it stood before any change. */
  readonly copied: (Pick<Window<S>, 'latest' | 'gap'> & FoldedSources) | undefined;
  /** What takes back the results of those that are merged, in their order. */
  readonly retractions: readonly (Saying<O> | undefined)[];
}

/** What `planFold` works out, for one of several changes. */
export function planChange<V, S, O>(context: Context<V, S, O>, key: string, change: Change<S>, record: StreamRecord<V>): ChangePlan<S, O> {
  const { definition } = context;
  const { window, bounds, copyOf, from, merges = [], folds, retracts } = change;
  const before = copyOf?.state ?? from ?? (merges.length > 0 ? merged(definition.reducer, merges) : (window?.state ?? definition.reducer.init()));
  const isFresh = !window || merges.length > 0;
  return {
    ...(folds
      ? planFold(context, key, bounds, before, record, isFresh ? 'fresh' : undefined)
      : { after: before, updated: planUpdate(definition, key, bounds, before) }),
    change,
    before,
    copied: copyOf && asItStands(copyOf),
    retractions: retracts ? merges.map((one) => retraction(definition, key, one, one.state as S)) : [],
  };
}

function asItStands<S>({ latest, gap, firstSources, lastSource, folded }: Window<S>): NonNullable<ChangePlan<S, unknown>['copied']> {
  return { latest, gap, firstSources, lastSource, folded };
}

function merged<V, S>(reducer: Reducer<V, S, unknown>, windows: readonly Window<S>[]): S {
  if (!reducer.merge) throw new OrielError('TOPOLOGY', 'Windows that merge need a reducer with merge(a, b).');
  let state = reducer.init();
  for (const window of windows) state = reducer.merge(state, window.state as S);
  return state;
}
