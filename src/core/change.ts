import { type ChangePlan, planChange } from './change-plan.ts';
import type { Context } from './context.ts';
import { apply, markClosed, newWindow, refuseMore, settleChange } from './fold.ts';
import { callOffDue, callOffForget, queueDue, takeWindowOut } from './place.ts';
import type { StreamRecord } from './record.ts';
import { shareId } from './same-id.ts';
import { sayOfWindow } from './say.ts';
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
): WindowEntry<V, S> | undefined {
  let more = 0;
  for (const { window, merges } of changes) more += window ? 0 : 1 - (merges?.length ?? 0);
  if (more > 0) refuseMore(context, key, more);
  context.suppressed?.refuse(context, key, record, changes);
  const plans: ChangePlan<S, O>[] = [];
  for (const change of changes) plans.push(planChange(context, key.key, change, record));
  let opened: WindowEntry<V, S> | undefined;
  let former: WindowEntry<V, S> | undefined;
  for (const plan of plans) {
    const { bounds, merges } = plan.change;
    const window = goesOn(context, plan.change);
    const begun = former?.target;
    if (former && begun && (window ? window === begun : opened === former && begun.start === bounds.start)) {
      // What was said of the record stands; and so does what the record has closed.
      if (begun.closed) continue;
      Object.assign(begun, { state: undefined, firstSources: undefined, lastSource: undefined, folded: 0 });
      change(context, former, { ...plan, said: undefined }, record);
      continue;
    }
    if (window) {
      former = { key, lane, target: window };
      if (window.closed && window.state === undefined) reopen(context, former);
    } else {
      former = newWindow(
        context,
        key,
        lane,
        bounds,
        record,
        merges?.find(({ start }) => start === bounds.start),
      );
      opened = former;
    }
    change(context, former, plan, record);
  }
  return opened;
}

/** The window that a change goes on with: none where the former one has still to be taken back, as it was. */
function goesOn<V, S, O>({ definition }: Context<V, S, O>, { window, bounds }: Change<S>): Window<S> | undefined {
  return window && window.end !== bounds.end && definition.suppress?.until === 'limit' ? undefined : window;
}

/** A window that was closed begins again. */
function reopen<V, S, O>({ state }: Context<V, S, O>, entry: WindowEntry<V, S>): void {
  const { key, target: window } = entry;
  window.closed = undefined;
  window.forgotten = false;
  key.open++;
  callOffForget(state, key);
  queueDue(state, window.closesAt, entry);
}

function change<V, S, O>(context: Context<V, S, O>, entry: WindowEntry<V, S>, plan: ChangePlan<S, O>, record: StreamRecord<V>): void {
  const { target: window } = entry;
  const { merges = [], folds, bounds, retracts } = plan.change;
  if (plan.copied || merges.length > 0) {
    if (retracts) for (const [i, merged] of merges.entries()) retract(context, { ...entry, target: merged }, plan.retractions[i]);
    if (window.end !== bounds.end) extend(context, entry, bounds);
    Object.assign(window, plan.copied);
    for (const merged of merges) if (merged !== window) takeIn(context, entry, merged);
    window.state = plan.before;
  }
  if (folds) {
    apply(context, entry, record, plan);
  } else {
    window.state = plan.after;
    settleChange(context, entry, plan, window.latest ?? window.end);
  }
}

/** An open window reaches further: what it is due for moves with its end. */
function extend<V, S, O>(context: Context<V, S, O>, entry: WindowEntry<V, S>, bounds: Bounds): void {
  const { state, definition } = context;
  const { key, lane, target: window } = entry;
  definition.windows.bounded?.(context, bounds);
  state.suppressed?.clear(key, window);
  const { end, closesAt } = bounds;
  Object.assign(window, { end, closesAt });
  lane.longest = Math.max(lane.longest, end - window.start);
  callOffDue(state, key);
  queueDue(state, closesAt, entry);
}

/** What a window has of one that merges into it. */
function takeIn<V, S, O>(context: Context<V, S, O>, entry: WindowEntry<V, S>, merged: Window<S>): void {
  const { target: window } = entry;
  window.latest = Math.max(window.latest ?? merged.end, merged.latest ?? merged.end);
  window.gap ||= merged.gap;
  addSources(window, merged);
  if (shareId(merged, window)) window.revision = Math.max(window.revision, merged.revision);
  drop(context, { ...entry, target: merged });
}

/** Takes the result of a window that merges back: at once, or held back like any other change. */
function retract<V, S, O>(context: Context<V, S, O>, entry: WindowEntry<V, S>, said: ChangePlan<S, O>['retractions'][number]): void {
  const { key, target: window } = entry;
  if (!said) return;
  if (context.definition.suppress?.until !== 'limit') return sayOfWindow(context, key, window, said, false);
  window.state = undefined;
  context.suppressed?.change(context, entry, said, window.end, context.before);
}

/** A window that has merged into another: gone, unless what takes it back is suppressed still. */
function drop<V, S, O>(context: Context<V, S, O>, entry: WindowEntry<V, S>): void {
  const { state } = context;
  const { key, target: window } = entry;
  // Its last word has been said on the way here.
  if (window.gone) return;
  const isOpen = !window.closed;
  if (isOpen && window.closesAt !== NEVER) callOffDue(state, key);
  if (window.suppressed !== undefined && context.definition.suppress?.until === 'limit') {
    window.state = undefined;
    if (isOpen) markClosed(context, entry, 'watermark', window.end);
    state.journal?.window(key, window, 'put');
    return;
  }
  if (isOpen) key.open--;
  else callOffForget(state, key);
  takeWindowOut(state, entry);
}
