import type { Context } from './context.ts';
import type { Definition, Saying } from './definition.ts';
import { OrielError } from './errors.ts';
import type { StreamRecord } from './record.ts';
import { fits } from './size.ts';
import type { Bounds } from './window.ts';

/** What folding a record into a window will do, worked out before anything is changed (R7). */
export interface Plan<S, O> {
  /** `undefined` where the reducer deletes it. */
  readonly after: S | undefined;
  readonly said?: Saying<O> | undefined;
  readonly updated: Saying<O> | undefined;
  readonly closing?: { readonly said: Saying<O> | undefined } | undefined;
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
  const { reducer, outcomes, bound } = definition;
  const after = reducer.add(before, record) ?? undefined;
  if (after === undefined) return { after, updated: retraction(definition, key, bounds, before) };
  if (after !== before || fresh) refuseLarge(after, bound.stateBytes);
  return {
    after,
    said: outcomes.folded?.({ record, before, after, bounds }),
    updated: planUpdate(definition, key, bounds, after),
    closing: reducer.closeWhen?.(after) ? { said: outcomes.closed?.({ key, state: after, bounds, by: 'condition' }) } : undefined,
  };
}

/** What is said of a state where its changes are told at once. */
export function planUpdate<V, S, O>({ emit, suppress, outcomes }: Definition<V, S, O>, key: string, bounds: Bounds, state: S): Saying<O> | undefined {
  return emit === 'update' && !suppress ? outcomes.updated?.({ key, state, bounds }) : undefined;
}

/** Takes back what was said of a state, where changes are told at all. */
export function retraction<V, S, O>({ emit, outcomes }: Definition<V, S, O>, key: string, bounds: Bounds, state: S): Saying<O> | undefined {
  const said = emit === 'update' ? outcomes.updated?.({ key, state, bounds }) : undefined;
  return said && retracted(said.type);
}

/** What takes back a result that was said before. */
export function retracted<O>(type: string): Saying<O> {
  return { type, value: null as O };
}

/** @throws OrielError `STATE_TOO_LARGE`; `TOPOLOGY` for a state that is no plain data. */
export function refuseLarge(state: unknown, bytes: number): void {
  if (!fits(state, bytes)) throw new OrielError('STATE_TOO_LARGE', `The window's state would be over ${bytes} bytes as JSON; keep less in it.`);
}
