import { added, type Context } from './context.ts';
import type { Saying } from './definition.ts';
import type { StreamRecord } from './record.ts';
import { type Explanation, type Result, resultId, tellSources, withoutIncarnation } from './result.ts';
import { firstOf } from './sources.ts';
import type { KeyState } from './state.ts';
import type { Window } from './window.ts';

/** A result of a window: an update, or its final one. Both have one id; the revision tells them apart. Its timestamp is the window's end, or of its latest record (`WindowKind.stamp`). */
export function sayOfWindow<V, S, O>(context: Context<V, S, O>, key: KeyState<V, S>, window: Window<S>, said: Saying<O>, final: boolean): void {
  const { id, start, end, closesAt } = window;
  window.revision++;
  if (context.definition.windows.merges && context.definition.suppress?.until === 'limit') countOn(context, key, window);
  const result: Result<O> = {
    id: idOf(context, key, id, start, said.type, window.opener),
    revision: window.revision,
    final,
    type: said.type,
    key: key.key,
    value: said.value,
    timestamp: window.latest ?? end,
    window: { id, start, end },
    explanation: explain(context, closesAt, tellSources(window), window),
  };
  context.results = added(context.results, result);
}

/** Sessions that have merged into the window, and of which what takes them back is suppressed still, tell results of the same id: none may have the same revision. */
function countOn<V, S, O>({ state }: Context<V, S, O>, key: KeyState<V, S>, window: Window<S>): void {
  for (const other of sameId(key, window)) {
    other.revision = window.revision;
    state.journal?.window(key, other, 'put');
  }
}

/** The other windows whose results have its id. */
export function sameId<V, S>(key: KeyState<V, S>, window: Window<S>): Window<S>[] {
  const windows = key.lanes.get(window.id)?.windows ?? [];
  return windows.filter((other) => other !== window && shareId(other, window));
}

/** Whether the results of two windows of one lane have the same id. */
export function shareId(one: Window, other: Window): boolean {
  return one.start === other.start && JSON.stringify(one.opener) === JSON.stringify(other.opener);
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
  // Of a join the partner's own record, which opened its window, is as much a part of it.
  const isJoined = window !== undefined && context.definition.windows.joins !== undefined;
  const partner = isJoined ? firstOf(window)[0] : undefined;
  const sources = [partner, record.source].flatMap((source) => (source === undefined ? [] : [withoutIncarnation(source)]));
  const explanation = explain(context, window?.closesAt ?? about.closesAt ?? null, sources, window);
  if (afterEnd !== undefined) explanation.afterEnd = afterEnd;
  if (afterClose !== undefined) explanation.afterClose = afterClose;
  const result: Result<O> = {
    id: idOf(
      context,
      key,
      isJoined ? (partner === undefined ? `#${window.ordinal}` : JSON.stringify(withoutIncarnation(partner))) : (window?.id ?? about.lane ?? ''),
      window?.start ?? null,
      said.type,
      // Two records without a source can have one timestamp, and the same partner.
      record.source ?? { at: record.timestamp, ...(isJoined ? { nth: key.nextOrdinal } : {}) },
    ),
    revision: 1,
    final: true,
    type: said.type,
    key: key.key,
    value: said.value,
    timestamp: said.timestamp ?? record.timestamp,
    ...(window === undefined ? {} : { window: { id: window.id, start: window.start, end: window.end } }),
    explanation,
  };
  context.results = added(context.results, result);
}

/** While it is made. */
type Writable<T> = { -readonly [Name in keyof T]: T[Name] };

function explain<S>(
  context: Context<unknown, S, unknown>,
  closesAt: number | null,
  sources: Explanation['sources'],
  window: Window<S> | undefined,
): Writable<Explanation> {
  const watermark = Number.isFinite(context.watermark) ? context.watermark : null;
  const explanation: Writable<Explanation> = { closesAt, watermark, now: context.now, sources };
  if (window?.closed !== undefined) explanation.closedBy = window.closed.by;
  if (window?.gap) explanation.gap = true;
  return explanation;
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
