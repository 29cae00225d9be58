import { added, type Context } from './context.ts';
import { OrielError } from './errors.ts';
import type { StreamRecord } from './record.ts';
import type { Late } from './result.ts';
import { sayOfRecord } from './say.ts';
import { fits } from './size.ts';
import type { KeyState } from './state.ts';
import type { Bounds, LateVerdict } from './window.ts';

/**
 * A record that came too late: an output of its own (R4), and what the topology says of it. `since` is the watermark when the record came. Asks the topology, and gives what is then
 * to be done. @throws whatever the topology's functions throw.
 */
export function planLate<V, S, O>(
  context: Context<V, S, O>,
  key: KeyState<V, S>,
  record: StreamRecord<V>,
  verdict: LateVerdict<S>,
  since: number,
): () => void {
  const { definition, state } = context;
  const { code, window } = verdict;
  const by = window?.closed?.by;
  const answer = definition.outcomes.late?.({
    record,
    code,
    ...(window === undefined ? {} : { bounds: boundsOf(window), ...(window.state === undefined ? {} : { state: window.state }) }),
    ...(by === undefined ? {} : { by }),
  });
  if (answer?.remember !== undefined && !fits(answer.remember, definition.bound.stateBytes)) {
    throw new OrielError('STATE_TOO_LARGE', `The remembered state would be over ${definition.bound.stateBytes} bytes as JSON; keep less in it.`);
  }
  const lateness =
    window === undefined
      ? {}
      : { afterEnd: Math.max(0, record.timestamp - window.end), afterClose: Math.max(0, Number.isFinite(since) ? since - window.closesAt : 0) };
  const late: Late<V, S> = {
    code,
    record,
    ...lateness,
    ...(window?.state === undefined || by === undefined ? {} : { window: { ...boundsOf(window), closedBy: by, state: window.state } }),
  };
  const lane = answer?.say === undefined ? '' : definition.windows.laneOf(record);
  return () => {
    context.late = added(context.late, late);
    if (window?.closed !== undefined && answer?.remember !== undefined) {
      window.state = answer.remember;
      state.journal?.window(key, window, 'put');
    }
    if (answer?.say !== undefined) sayOfRecord(context, key, answer.say, record, { window, closesAt: verdict.closesAt, lane, ...lateness });
  };
}

function boundsOf({ id, start, end, closesAt }: Bounds): Bounds {
  return { id, start, end, closesAt };
}
