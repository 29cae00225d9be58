import { added, type Context } from './context.ts';
import type { Saying } from './definition.ts';
import type { StreamRecord } from './record.ts';
import { refuse } from './refusal.ts';
import { type Explanation, type Result, resultId, tellSources, withoutIncarnation } from './result.ts';
import { firstOf } from './sources.ts';
import type { KeyState } from './state.ts';
import { boundsOf, type ClosedBy, type Window } from './window.ts';

/** A result of a window: an update, or its final one. Both have one id; the revision tells them apart. Its timestamp is the window's end, or of its latest record (`WindowKind.stamp`). */
export function sayOfWindow<V, S, O>(context: Context<V, S, O>, key: KeyState<V, S>, window: Window<S>, said: Saying<O>, final: boolean): void {
  const { id, start, end, closesAt } = window;
  window.revision++;
  context.state.suppressed?.said(context, key, window);
  const { definition } = context;
  const { type, value } = said;
  const { kind } = definition.windows;
  const result: Result<O> = {
    id: resultId({ topology: definition.name, key: key.key, kind, id, start, type, by: window.opener }),
    revision: window.revision,
    final,
    type,
    key: key.key,
    value,
    timestamp: window.latest ?? end,
    window: { id, start, end },
    explanation: explain(context, closesAt, tellSources(window), window),
  };
  context.results = added(context.results, result);
}

/** Says the final result of a window, if there is one; one that cannot be said is a dead letter with its bounds (R4). */
export function sayClosing<V, S, O>(context: Context<V, S, O>, key: KeyState<V, S>, window: Window<S>, by: ClosedBy): void {
  const { state } = window;
  if (state === undefined) return;
  const bounds = boundsOf(window);
  try {
    const said = context.definition.outcomes.closed?.({ key: key.key, state, bounds, by });
    if (said) sayOfWindow(context, key, window, said, true);
  } catch (error) {
    refuse(context, error, { window: bounds });
  }
}

/** What a result of a single record knows beside the record. */
export interface About<S> {
  readonly window?: Window<S> | undefined;
  /** When the window that the record would have opened closes, where there is none. */
  readonly closesAt?: number | undefined;
  /** The lane the record belongs to, where there is no window. */
  readonly lane?: string | undefined;
  readonly lateness?: Pick<Explanation, 'afterEnd' | 'afterClose'> | undefined;
}

/** A result that one record decided: its source is part of the id (R2), its timestamp the result's. */
export function sayOfRecord<V, S, O>(
  context: Context<V, S, O>,
  key: KeyState<V, S>,
  said: Saying<O>,
  record: StreamRecord<V>,
  about: About<S>,
): void {
  const { window } = about;
  const { definition } = context;
  // Of a join the partner's own record, which opened its window, is as much a part of it.
  const isJoined = window !== undefined && definition.windows.joins !== undefined;
  const partner = isJoined ? firstOf(window)[0] : undefined;
  const sources = [partner, record.source].flatMap((source) => (source ? [withoutIncarnation(source)] : []));
  const { type, value } = said;
  const { kind } = definition.windows;
  const result: Result<O> = {
    id: resultId({
      topology: definition.name,
      key: key.key,
      kind,
      id: isJoined ? (partner ? JSON.stringify(withoutIncarnation(partner)) : `#${window.ordinal}`) : (window?.id ?? about.lane ?? ''),
      start: window?.start ?? null,
      type,
      // Two records without a source can have one timestamp, and the same partner.
      by: record.source ?? { at: record.timestamp, ...(isJoined && { nth: key.nextOrdinal }) },
    }),
    revision: 1,
    final: true,
    type,
    key: key.key,
    value,
    timestamp: said.timestamp ?? record.timestamp,
    ...(window && { window: { id: window.id, start: window.start, end: window.end } }),
    explanation: explain(context, window?.closesAt ?? about.closesAt ?? null, sources, window, about.lateness),
  };
  context.results = added(context.results, result);
}

function explain<S>(
  { watermark, now }: Context<unknown, S, unknown>,
  closesAt: number | null,
  sources: Explanation['sources'],
  window: Window<S> | undefined,
  lateness?: About<S>['lateness'],
): Explanation {
  return {
    closesAt,
    watermark: Number.isFinite(watermark) ? watermark : null,
    now,
    sources,
    ...(window?.closed && { closedBy: window.closed.by }),
    ...(window?.gap && { gap: true }),
    ...lateness,
  };
}
