import type { Definition } from './definition.ts';
import type { Late, Rejected, Result } from './result.ts';
import { type KeyState, queueIdle, type State } from './state.ts';
import type { Suppressed } from './suppress.ts';
import type { Place } from './window.ts';

/** What one step has said so far, and the instants it is taken at. */
export interface Context<V, S, O> extends Omit<Place, 'state'> {
  readonly definition: Definition<V, S, O>;
  readonly state: State<V, S>;
  readonly now: number;
  watermark: number;
  /** The one in force before the step's own record. */
  before: number;
  /** What holds changes back, where anything does. */
  readonly suppressed: Suppressed | undefined;
  /** These three are `NONE` until something is `added`: most steps say nothing. */
  results: Result<O>[];
  late: Late<V, S>[];
  rejected: Rejected<V>[];
}

/** Shared, and never written to. */
export const NONE: never[] = [];

/** The list with one more. */
export function added<Item>(list: Item[], item: Item): Item[] {
  if (list.length === 0) return [item];
  list.push(item);
  return list;
}

/** Notes that the key has changed: what is to be stored, and whether it is still to be kept. */
export function touch<V, S, O>({ state, now, definition }: Context<V, S, O>, key: KeyState<V, S>): void {
  key.touched = now;
  if (key.eventIds) forgetIds(state, key, key.eventIds, now);
  state.journal?.key(key);
  queueIdle(state, key, definition.retentionMs);
}

function forgetIds(state: State, key: KeyState, ids: Map<string, number>, now: number): void {
  for (const [id, until] of ids) {
    if (until > now) break;
    ids.delete(id);
    state.journal?.eventId(key, id, 'delete');
  }
  if (ids.size > 0) return;
  key.eventIds = undefined;
  key.idsUntil = 0;
}
