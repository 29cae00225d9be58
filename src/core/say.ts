import type { Context } from './context.ts';
import type { Saying } from './definition.ts';
import type { StreamRecord } from './record.ts';
import { type Explanation, resultId, tellSources, withoutIncarnation } from './result.ts';
import type { KeyState } from './state.ts';
import type { Window } from './window.ts';

/** A result of a window: an update, or its final one. Both have one id; the revision tells them apart. */
export function sayOfWindow<V, S, O>(
  context: Context<V, S, O>,
  key: KeyState<V, S>,
  window: Window<S>,
  said: Saying<O>,
  { final }: { readonly final: boolean },
): void {
  window.revision++;
  context.results.push({
    id: idOf(context, key, window.id, window.start, said.type, window.opener),
    revision: window.revision,
    final,
    type: said.type,
    key: key.key,
    value: said.value,
    timestamp: window.end,
    window: { id: window.id, start: window.start, end: window.end },
    explanation: explain(context, tellSources(window), window),
  });
}

/** What a result of a single record knows beside the record. */
export interface About<S> {
  readonly window?: Window<S> | undefined;
  /** When the window that the record would have opened closes, where there is none. */
  readonly closesAt?: number | undefined;
  /** The lane the record belongs to, where there is no window. */
  readonly lane?: string;
  readonly afterEnd?: number | undefined;
  readonly afterClose?: number | undefined;
}

/** A result that one record decided: its source is part of the id (R2), its timestamp the result's. */
export function sayOfRecord<V, S, O>(
  context: Context<V, S, O>,
  key: KeyState<V, S>,
  said: Saying<O>,
  record: StreamRecord<V>,
  about: About<S>,
): void {
  const { window, afterEnd, afterClose } = about;
  const sources = record.source === undefined ? [] : [withoutIncarnation(record.source)];
  context.results.push({
    id: idOf(context, key, window?.id ?? about.lane ?? '', window?.start ?? null, said.type, record.source ?? { at: record.timestamp }),
    revision: 1,
    final: true,
    type: said.type,
    key: key.key,
    value: said.value,
    timestamp: record.timestamp,
    ...(window === undefined ? {} : { window: { id: window.id, start: window.start, end: window.end } }),
    explanation: {
      ...explain(context, sources, window),
      closesAt: window?.closesAt ?? about.closesAt ?? null,
      ...(afterEnd === undefined ? {} : { afterEnd }),
      ...(afterClose === undefined ? {} : { afterClose }),
    },
  });
}

function explain<S>(context: Context<unknown, S, unknown>, sources: Explanation['sources'], window: Window<S> | undefined): Explanation {
  return {
    closesAt: window?.closesAt ?? null,
    watermark: Number.isFinite(context.watermark) ? context.watermark : null,
    now: context.now,
    sources,
    ...(window?.closed === undefined ? {} : { closedBy: window.closed.by }),
    ...(window?.gap ? { gap: true as const } : {}),
  };
}

function idOf<V, S, O>(
  { definition }: Context<V, S, O>,
  key: KeyState<V, S>,
  id: string,
  start: number | null,
  type: string,
  by: Parameters<typeof resultId>[0]['by'],
): string {
  return resultId({ topology: definition.name, key: key.key, kind: definition.windows.kind, id, start, type, by });
}
