import type { Definition } from './definition.ts';
import type { Late, Rejected, Result } from './result.ts';
import { type KeyState, requeue, type State } from './state.ts';

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

/** Notes that the key has changed: what is to be stored, and where it stands in the queues. */
export function touch<V, S, O>(context: Context<V, S, O>, key: KeyState<V, S>): void {
  const { state, now, definition } = context;
  key.touched = now;
  for (const [id, until] of key.eventIds) {
    if (until > now) break;
    key.eventIds.delete(id);
    state.journal?.eventId(key, id, 'delete');
  }
  if (key.eventIds.size === 0) key.idsUntil = 0;
  state.journal?.key(key);
  requeue(state, key, definition.retentionMs);
}
