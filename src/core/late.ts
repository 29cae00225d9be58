import { added, type Context } from './context.ts';
import { refuseLarge } from './plan.ts';
import type { StreamRecord } from './record.ts';
import { sayOfRecord } from './say.ts';
import type { KeyState } from './state.ts';
import { boundsOf, type LateVerdict } from './window.ts';

/**
 * A record that came too late: an output of its own (R4), and what the topology says of it. `since` is the watermark when the record came. Asks the topology, and gives what is then
 * to be done. @throws whatever the topology's functions throw.
 */
export function planLate<V, S, O>(
  context: Context<V, S, O>,
  key: KeyState<V, S>,
  record: StreamRecord<V>,
  { code, window, closesAt }: LateVerdict<S>,
  since: number,
): () => void {
  const { definition, state } = context;
  const by = window?.closed?.by;
  const bounds = window && boundsOf(window);
  const final = window && window.state !== undefined ? { state: window.state } : undefined;
  const answer = definition.outcomes.late?.({ record, code, ...(bounds && { bounds }), ...final, ...(by && { by }) });
  const { say, remember } = answer ?? {};
  if (remember !== undefined) refuseLarge(remember, definition.bound.stateBytes);
  const lateness = window && {
    afterEnd: Math.max(0, record.timestamp - window.end),
    afterClose: Number.isFinite(since) ? Math.max(0, since - window.closesAt) : 0,
  };
  const lane = say && definition.windows.laneOf(record);
  return () => {
    context.late = added(context.late, {
      code,
      record,
      ...lateness,
      ...(bounds && final && by && { window: { ...bounds, closedBy: by, ...final } }),
    });
    if (window?.closed && remember !== undefined) {
      window.state = remember;
      state.journal?.window(key, window, 'put');
    }
    if (say) sayOfRecord(context, key, say, record, { window, closesAt, lane, lateness });
  };
}
