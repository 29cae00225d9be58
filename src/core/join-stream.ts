import { type Context, touch } from './context.ts';
import { sayClosing } from './emit.ts';
import type { JoinRules, JoinState, Side } from './join-rules.ts';
import { clearUnmatched, queueUnmatched, takeWindowOut } from './place.ts';
import type { StreamRecord } from './record.ts';
import type { KeyState, WindowEntry } from './state.ts';
import { type Change, type Lane, NEVER, type Window } from './window.ts';

/**
 * How Kafka Streams comes to the records of a join that found no partner, tick by tick, for `stream` mode: not when their windows close, but when a record comes that
 * is not out of order, and its own reckoning says that there may be some; the record's own partners come after them. The reckoning is off by some in both directions
 * (KAFKA-19536 and others), and that is part of the results. Everywhere else a record is told unmatched when its window closes.
 */
export function tellUnmatchedBefore<V, S, O>(context: Context<V, S, O>, rules: JoinRules, side: Side, timestamp: number): void {
  const { state, watermark } = context;
  if (timestamp !== watermark || !(rules.outer.left || rules.outer.right)) return;
  const reach = rules.afterMs[side] + rules.graceMs;
  // Where nothing is pending Kafka's bound is the greatest long, to which it adds: anything but 0 makes it the least.
  const least = state.leastUnmatched === NONE_PENDING && reach > 0 ? Number.NEGATIVE_INFINITY : state.leastUnmatched;
  if (least + reach >= watermark) return;
  const former = state.leastUnmatched;
  state.leastUnmatched = NONE_PENDING;
  scan(context, rules, 'kafka');
  if (state.leastUnmatched !== former) state.joined++;
}

/** A claim has come: whatever has closed is told. */
export function tellUnmatched<V, S, O>(context: Context<V, S, O>, rules: JoinRules): void {
  scan(context, rules, 'all');
}

const NONE_PENDING = NEVER;

function scan<V, S, O>(context: Context<V, S, O>, { afterMs, graceMs }: JoinRules, how: 'kafka' | 'all'): void {
  const { state, watermark } = context;
  const open = new Set<Side>();
  const kept: WindowEntry[] = [];
  let last: WindowEntry | undefined;
  for (let entry = state.unmatched.pop(Number.POSITIVE_INFINITY); entry !== undefined; entry = state.unmatched.pop(Number.POSITIVE_INFINITY)) {
    const { target } = entry;
    if (how === 'kafka') state.leastUnmatched = target.start;
    // Kafka keeps those of one instant, side and key in one entry.
    const isSameEntry = last?.key === entry.key && last.target.unmatched === target.unmatched;
    last = entry;
    if (open.size === 2 && !isSameEntry) {
      kept.push(entry);
      break;
    }
    const side = (target.state as JoinState<V>).side as Side;
    if (target.start + afterMs[side] + graceMs >= watermark) {
      open.add(side);
      kept.push(entry);
    } else {
      tell(context, entry as WindowEntry<V, S>);
    }
  }
  for (const entry of kept) state.unmatched.push(entry.target.unmatched as number, entry);
}

function tell<V, S, O>(context: Context<V, S, O>, { key, lane, target: window }: WindowEntry<V, S>): void {
  window.unmatched = undefined;
  sayClosing(context, key, window, window.closed?.by ?? 'watermark');
  keep(context, key, lane, window);
  touch(context, key);
}

/** It has been told, or joined: it is forgotten now where only that was waited for. */
function keep<V, S, O>({ state }: Context<V, S, O>, key: KeyState<V, S>, lane: Lane<V, S>, window: Window<S>): void {
  if (window.forgotten) takeWindowOut(state, key, lane, window);
  else state.journal?.window(key, window, 'put');
}

/** After a record has been joined: its partners wait for none any more; where it found none, it waits, or is told at once if Kafka Streams would not let it wait. */
export function afterJoin<V, S, O>(
  context: Context<V, S, O>,
  key: KeyState<V, S>,
  rules: JoinRules,
  changes: readonly Change<S>[],
  own: WindowEntry<V, S>,
  { timestamp }: StreamRecord<V>,
): void {
  const { state, watermark } = context;
  for (const { window } of changes) if (window?.unmatched !== undefined) settleUnmatched(context, key, own.lane, window);
  const { side, matched } = own.target.state as JoinState<V>;
  if (side === 'none') return;
  state.joined++;
  state.joinPut[side] = Math.max(state.joinPut[side], timestamp);
  if (matched || !rules.outer[side]) return;
  if (Math.max(0, timestamp + rules.afterMs[side]) < watermark) {
    sayClosing(context, key, own.target, 'watermark');
  } else {
    state.leastUnmatched = Math.min(state.leastUnmatched, timestamp);
    // By timestamp, the right side first.
    queueUnmatched(state, own, 2 * timestamp + (side === 'left' ? 1 : 0));
  }
}

function settleUnmatched<V, S, O>(context: Context<V, S, O>, key: KeyState<V, S>, lane: Lane<V, S>, window: Window<S>): void {
  clearUnmatched(context.state, window);
  keep(context, key, lane, window);
}
