import type { Definition } from './definition.ts';
import type { Late, Rejected, Result } from './result.ts';
import { type KeyState, queueIdle, type State } from './state.ts';

/** What one step has said so far, and the instants it is taken at. */
export interface Context<V, S, O> {
  readonly definition: Definition<V, S, O>;
  readonly state: State<V, S>;
  readonly now: number;
  watermark: number;
  readonly results: Result<O>[];
  readonly late: Late<V, S>[];
  readonly rejected: Rejected<V>[];
}

/** Notes that the key has changed: what is to be stored, and whether it is still to be kept. */
export function touch<V, S, O>(context: Context<V, S, O>, key: KeyState<V, S>): void {
  const { state, now, definition } = context;
  key.touched = now;
  if (key.eventIds !== undefined) forgetIds(state, key, key.eventIds, now);
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
