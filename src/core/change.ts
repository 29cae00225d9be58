import type { Context } from './context.ts';
import { refuseSuppressed, suppressionOf, tellChange } from './emit.ts';
import { apply, markClosed, newWindow, notePut, refuseMore, settleChange } from './fold.ts';
import { callOff, callOffForget, clearSuppressed, moveEnd, reopen, takeWindowOut } from './place.ts';
import { type ChangePlan, planChange } from './plan.ts';
import type { StreamRecord } from './record.ts';
import { sayOfWindow, shareId } from './say.ts';
import { addSources } from './sources.ts';
import type { KeyState, WindowEntry } from './state.ts';
import { type Bounds, type Change, type Lane, NEVER, type Window } from './window.ts';

/**
 * Does what one record does to several windows, in order: first what takes back the results of windows that merge, then each window's own change. All user functions are called before
 * the first of them. Gives the last window that was opened, if any. @throws what they throw, `TOO_MANY_WINDOWS`, `TOO_MANY_SUPPRESSED`, `STATE_TOO_LARGE`; then nothing has changed.
 */
export function changeWindows<V, S, O>(
  context: Context<V, S, O>,
  key: KeyState<V, S>,
  lane: Lane<V, S>,
  changes: readonly Change<S>[],
  record: StreamRecord<V>,
): Window<S> | undefined {
  let more = 0;
  for (const { window, merges } of changes) more += window === undefined ? 1 - (merges?.length ?? 0) : 0;
  if (more > 0) refuseMore(context, key, more);
  if (context.definition.suppress !== undefined) refuseSuppressed(context, key, record, changes);
  const plans: ChangePlan<S, O>[] = [];
  for (const change of changes) plans.push(planChange(context, key.key, change, record));
  let opened: Window<S> | undefined;
  let former: Window<S> | undefined;
  for (const plan of plans) {
    const { bounds } = plan.change;
    const window = goesOn(context, plan.change);
    if (former !== undefined && (window === undefined ? opened === former && former.start === bounds.start : window === former)) {
      // What was said of the record stands; and so does what the record has closed.
      if (former.closed === undefined) change(context, key, lane, anew(former), { ...plan, said: undefined }, record);
      continue;
    }
    const begun = window ?? newWindow(context, key, lane, bounds, record, plan.change.merges);
    if (window === undefined) opened = begun;
    else if (window.closed !== undefined && window.state === undefined) reopen(context.state, { key, lane, target: window });
    change(context, key, lane, begun, plan, record);
    former = begun;
  }
  return opened;
}

/** The window that a change goes on with: none where the former one has still to be taken back, as it was. */
function goesOn<V, S, O>({ definition }: Context<V, S, O>, { window, bounds }: Change<S>): Window<S> | undefined {
  return window !== undefined && window.end !== bounds.end && definition.suppress?.until === 'limit' ? undefined : window;
}

function anew<S>(window: Window<S>): Window<S> {
  return Object.assign(window, { state: undefined, firstSources: undefined, lastSource: undefined, folded: 0 });
}

function change<V, S, O>(
  context: Context<V, S, O>,
  key: KeyState<V, S>,
  lane: Lane<V, S>,
  window: Window<S>,
  plan: ChangePlan<S, O>,
  record: StreamRecord<V>,
): void {
  const { merges, folds } = plan.change;
  if (plan.copied !== undefined || (merges !== undefined && merges.length > 0)) {
    merges?.forEach((merged, i) => {
      if (plan.change.retracts) retract(context, { key, lane, target: merged }, plan.retractions[i]);
    });
    if (window.end !== plan.change.bounds.end) extend(context, { key, lane, target: window }, plan.change.bounds);
    takeIn(context, key, lane, window, plan);
    window.state = plan.before;
  }
  if (folds) {
    apply(context, key, lane, window, record, plan);
  } else {
    window.state = plan.after;
    settleChange(context, key, lane, window, plan, window.latest ?? window.end);
  }
  context.state.journal?.window(key, window, 'put');
}

function extend<V, S, O>({ definition, state }: Context<V, S, O>, entry: WindowEntry<V, S>, bounds: Bounds): void {
  notePut(definition, state, bounds);
  if (entry.target.suppressed !== undefined) clearSuppressed(state, entry.key, entry.target);
  moveEnd(state, entry, bounds);
}

/** What a window has of those that it copies, or that merge into it. */
function takeIn<V, S, O>(
  context: Context<V, S, O>,
  key: KeyState<V, S>,
  lane: Lane<V, S>,
  window: Window<S>,
  { change, copied }: ChangePlan<S, O>,
): void {
  if (copied !== undefined) {
    const { latest, firstSources, lastSource, folded, gap } = copied;
    Object.assign(window, { latest, firstSources, lastSource, folded, gap });
  }
  for (const merged of change.merges ?? []) {
    if (merged === window) continue;
    window.latest = Math.max(window.latest ?? merged.end, merged.latest ?? merged.end);
    window.gap ||= merged.gap;
    addSources(window, merged);
    if (shareId(merged, window)) window.revision = Math.max(window.revision, merged.revision);
    drop(context, { key, lane, target: merged });
  }
}

/** Takes the result of a window that merges back: at once, or suppressed like any other change. */
function retract<V, S, O>(context: Context<V, S, O>, entry: WindowEntry<V, S>, said: ChangePlan<S, O>['retractions'][number]): void {
  const { key, target: window } = entry;
  if (said === undefined) return;
  if (suppressionOf(context.definition)?.until !== 'limit') return sayOfWindow(context, key, window, said, false);
  window.state = undefined;
  tellChange(context, entry, said, window.end, context.before);
}

/** A window that has merged into another: gone, unless what takes it back is suppressed still. */
function drop<V, S, O>(context: Context<V, S, O>, entry: WindowEntry<V, S>): void {
  const { state } = context;
  const { key, lane, target: window } = entry;
  // Its last word has been said on the way here.
  if (window.gone) return;
  const isOpen = window.closed === undefined;
  if (isOpen && window.closesAt !== NEVER) callOff(state, key);
  if (window.suppressed !== undefined && suppressionOf(context.definition)?.until === 'limit') {
    window.state = undefined;
    if (isOpen) markClosed(context, entry, 'watermark', window.end);
    state.journal?.window(key, window, 'put');
    return;
  }
  if (isOpen) {
    key.open--;
  } else {
    callOffForget(state, key);
  }
  takeWindowOut(state, key, lane, window);
}
