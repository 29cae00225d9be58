import type { Context } from './context.ts';
import type { Definition, Reducer, Saying } from './definition.ts';
import { retracted } from './emit.ts';
import { OrielError } from './errors.ts';
import type { StreamRecord } from './record.ts';
import { fits } from './size.ts';
import type { FoldedSources } from './sources.ts';
import type { Bounds, Change, Window } from './window.ts';

/** What folding a record into a window will do, worked out before anything is changed (R7). */
export interface Plan<S, O> {
  /** `undefined` where the reducer deletes it. */
  readonly after: S | undefined;
  readonly said: Saying<O> | undefined;
  readonly updated: Saying<O> | undefined;
  readonly closing: { readonly said: Saying<O> | undefined } | undefined;
}

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

/** Calls every user function that the record concerns; a state not stored before (`fresh`) is checked, also where it stays the same. @throws whatever they throw, `STATE_TOO_LARGE`. */
export function planFold<V, S, O>(
  { definition }: Context<V, S, O>,
  key: string,
  bounds: Bounds,
  before: S,
  record: StreamRecord<V>,
  fresh?: 'fresh',
): Plan<S, O> {
  const { reducer, outcomes, emit, suppress, bound } = definition;
  const after = reducer.add(before, record) ?? undefined;
  if (after === undefined) return { after, said: undefined, updated: retraction(definition, key, bounds, before), closing: undefined };
  if (after !== before || fresh) refuseLarge(after, bound.stateBytes);
  return {
    after,
    said: outcomes.folded?.({ record, before, after, bounds }),
    updated: emit === 'update' && suppress === undefined ? outcomes.updated?.({ key, state: after, bounds }) : undefined,
    closing: reducer.closeWhen?.(after) ? { said: outcomes.closed?.({ key, state: after, bounds, by: 'condition' }) } : undefined,
  };
}

/** The same for one of several changes. */
export function planChange<V, S, O>(context: Context<V, S, O>, key: string, change: Change<S>, record: StreamRecord<V>): ChangePlan<S, O> {
  const { definition } = context;
  const { window, bounds, copyOf, from, merges = NONE, folds, retracts } = change;
  const before = copyOf?.state ?? from ?? (merges.length > 0 ? merged(definition.reducer, merges) : (window?.state ?? definition.reducer.init()));
  const isFresh = window === undefined || merges.length > 0;
  const plan = folds ? planFold(context, key, bounds, before, record, isFresh ? 'fresh' : undefined) : planCopy(definition, key, bounds, before);
  const { after, said, updated, closing } = plan;
  const copied = copyOf === undefined ? undefined : asItStands(copyOf);
  const retractions = retracts ? merges.map((one) => retraction(definition, key, one, one.state as S)) : NONE;
  return { after, said, updated, closing, change, before, copied, retractions };
}

/** Shared, and never written to. */
const NONE: readonly never[] = [];

function asItStands<S>({ latest, gap, firstSources, lastSource, folded }: Window<S>): NonNullable<ChangePlan<S, unknown>['copied']> {
  return { latest, gap, firstSources, lastSource, folded };
}

function planCopy<V, S, O>({ emit, suppress, outcomes }: Definition<V, S, O>, key: string, bounds: Bounds, state: S): Plan<S, O> {
  const updated = emit === 'update' && suppress === undefined ? outcomes.updated?.({ key, state, bounds }) : undefined;
  return { after: state, said: undefined, updated, closing: undefined };
}

function merged<V, S>(reducer: Reducer<V, S, unknown>, windows: readonly Window<S>[]): S {
  if (reducer.merge === undefined) throw new OrielError('TOPOLOGY', 'Windows that merge need a reducer with merge(a, b).');
  let state = reducer.init();
  for (const window of windows) state = reducer.merge(state, window.state as S);
  return state;
}

/** Takes back what was said of a state, where changes are told at all. */
function retraction<V, S, O>({ emit, outcomes }: Definition<V, S, O>, key: string, bounds: Bounds, state: S): Saying<O> | undefined {
  const said = emit === 'update' ? outcomes.updated?.({ key, state, bounds }) : undefined;
  return said === undefined ? undefined : retracted(said.type);
}

function refuseLarge(state: unknown, bytes: number): void {
  if (!fits(state, bytes)) throw new OrielError('STATE_TOO_LARGE', `The window's state would be over ${bytes} bytes as JSON; keep less in it.`);
}
