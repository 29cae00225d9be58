import { added, type Context, touch } from './context.ts';
import type { Definition, Saying } from './definition.ts';
import { OrielError } from './errors.ts';
import { callOffForget, queueSuppressed, takeWindowOut } from './place.ts';
import type { StreamRecord } from './record.ts';
import { refusal } from './refusal.ts';
import { sameId, sayOfWindow } from './say.ts';
import type { Deadlines, KeyState, WindowEntry } from './state.ts';
import type { Suppression } from './suppress.ts';
import type { Change, ClosedBy, Window } from './window.ts';

/** What holds changes back, where anything does: `untilWindowCloses` is `emit: 'close'` outside `stream` mode. */
export function suppressionOf({ suppress, time }: Pick<Definition, 'suppress' | 'time'>): Suppression | undefined {
  return suppress?.until === 'close' && time.mode !== 'stream' ? undefined : suppress;
}

/** A window has changed: it is told, or suppressed for now. `timestamp`: of the record that changed it; `upTo`: how far time had come for Kafka Streams' operator. */
export function tellChange<V, S, O>(
  context: Context<V, S, O>,
  entry: WindowEntry<V, S>,
  updated: Saying<O> | undefined,
  timestamp: number,
  upTo = context.watermark,
): void {
  const { definition } = context;
  const { target: window, key } = entry;
  const suppression = suppressionOf(definition);
  if (suppression === undefined) {
    if (updated !== undefined) sayOfWindow(context, key, window, updated, false);
    return;
  }
  if (suppression.until === 'limit') window.retraction = window.state === undefined ? updated?.type : undefined;
  const until = suppression.until === 'close' ? definition.windows.suppressedUntil(window) : (window.latest ?? timestamp) + suppression.limitMs;
  queueSuppressed(context.state, entry, until);
  letGo(context, upTo, key.own);
}

/** @throws OrielError `TOO_MANY_SUPPRESSED` where these changes would hold more back than there is room for, and the topology says to fail. */
export function refuseSuppressed<V, S, O>(
  { definition, state, watermark }: Context<V, S, O>,
  key: KeyState<V, S>,
  record: StreamRecord<V>,
  changes: readonly Change<S>[],
): void {
  const { suppress } = definition;
  if (suppress?.until !== 'limit' || suppress.whenFull === 'emit' || suppress.maxRecords === undefined) return;
  const { limitMs, maxRecords } = suppress;
  const isSuppressed = (window: Window<S> | undefined, timestamp: number): boolean =>
    window?.suppressed === undefined && timestamp + limitMs > watermark;
  let count = state.suppressedCount;
  for (const { window: given, bounds, merges = [], retracts } of changes) {
    // One that reaches further is another to those who are told: the former is taken back.
    const window = given?.end === bounds.end ? given : undefined;
    if (isSuppressed(window, Math.max(window?.latest ?? 0, record.timestamp))) count++;
    if (retracts) for (const merged of merges) if (merged !== window && isSuppressed(merged, merged.end)) count++;
  }
  if (count <= maxRecords) return;
  for (const _due of (key.own ?? state).suppressed.entries(watermark)) count--;
  if (count > maxRecords) {
    throw new OrielError(
      'TOO_MANY_SUPPRESSED',
      `${count} changes would be suppressed; the rule is at most ${maxRecords} (maxRecords). Give it more room, or whenFull: 'emit'.`,
    );
  }
}

/** Tells what was suppressed until an instant that `upTo` has reached, and what there is no more room for. */
export function letGo<V, S, O>(context: Context<V, S, O>, upTo: number, { suppressed }: Deadlines = context.state): void {
  const { state, definition } = context;
  const most = definition.suppress?.until === 'limit' ? (definition.suppress.maxRecords ?? Number.POSITIVE_INFINITY) : Number.POSITIVE_INFINITY;
  for (let entry = suppressed.pop(upTo); entry !== undefined; entry = suppressed.pop(upTo)) {
    if (entry.key.own !== undefined) (suppressed === state.suppressed ? entry.key.own : state).suppressed.callOff();
    tellSuppressed(context, entry as WindowEntry<V, S>);
  }
  while (state.suppressedCount > most) {
    const entry = state.suppressed.pop(Number.POSITIVE_INFINITY);
    if (entry === undefined) break;
    entry.key.own?.suppressed.callOff();
    tellSuppressed(context, entry as WindowEntry<V, S>);
  }
}

function tellSuppressed<V, S, O>(context: Context<V, S, O>, { key, lane, target: window }: WindowEntry<V, S>): void {
  const { state, definition } = context;
  window.suppressed = undefined;
  state.suppressedCount--;
  if (definition.suppress?.until === 'close') sayClosing(context, key, window, 'watermark');
  else sayChange(context, key, window);
  if (window.forgotten) {
    takeWindowOut(state, key, lane, window);
  } else if (window.state === undefined && window.closed !== undefined) {
    callOffForget(state, key);
    takeWindowOut(state, key, lane, window);
  } else {
    state.journal?.window(key, window, 'put');
  }
  touch(context, key);
}

/** Says the final result of a window, if there is one; one that cannot be said is a dead letter with its bounds (R4). */
export function sayClosing<V, S, O>(context: Context<V, S, O>, key: KeyState<V, S>, window: Window<S>, by: ClosedBy): void {
  const { id, start, end, closesAt, state } = window;
  if (state === undefined) return;
  const bounds = { id, start, end, closesAt };
  try {
    const said = context.definition.outcomes.closed?.({ key: key.key, state, bounds, by });
    if (said !== undefined) sayOfWindow(context, key, window, said, true);
  } catch (error) {
    context.rejected = added(context.rejected, { ...refusal(error), window: bounds });
  }
}

/** The final result has the last word: what would take back an earlier one of the same id, and is suppressed still, is told no more. */
export function dropRetractions<V, S, O>({ definition, state }: Context<V, S, O>, { key, lane, target }: WindowEntry<V, S>): void {
  if (!definition.windows.merges || suppressionOf(definition)?.until !== 'limit') return;
  for (const window of sameId(key, target)) {
    if (window.retraction === undefined || window.closed === undefined) continue;
    callOffForget(state, key);
    takeWindowOut(state, key, lane, window);
  }
}

function sayChange<V, S, O>(context: Context<V, S, O>, key: KeyState<V, S>, window: Window<S>): void {
  const { id, start, end, closesAt } = window;
  try {
    const said = saidOfChange(context, key.key, window);
    if (said !== undefined) sayOfWindow(context, key, window, said, false);
  } catch (error) {
    context.rejected = added(context.rejected, { ...refusal(error), window: { id, start, end, closesAt } });
  }
}

function saidOfChange<V, S, O>({ definition }: Context<V, S, O>, key: string, window: Window<S>): Saying<O> | undefined {
  const { id, start, end, closesAt, state, retraction } = window;
  if (state !== undefined) return definition.outcomes.updated?.({ key, state, bounds: { id, start, end, closesAt } });
  return retraction === undefined ? undefined : retracted<O>(retraction);
}

/** What takes back a result that was said before. */
export function retracted<O>(type: string): Saying<O> {
  return { type, value: null as O };
}
