import { changeWindows } from './change.ts';
import { type Context, touch } from './context.ts';
import { DeadlineQueue } from './deadlines.ts';
import type { Joined, JoinRules, JoinState, Side } from './join-rules.ts';
import { takeWindowOut } from './place.ts';
import type { StreamRecord } from './record.ts';
import { sayClosing } from './say.ts';
import { isToldBefore, type KeyState, type State, type WindowEntry } from './state.ts';
import { NO_WATERMARK } from './time.ts';
import { type Change, type Lane, NEVER } from './window.ts';

const NONE_PENDING = NEVER;

/** What a state knows of a join in `stream` mode. */
export function joinedOf(state: State): Joined {
  state.joined ??= created();
  return state.joined;
}

function created(): Joined {
  const unmatched = new DeadlineQueue<WindowEntry>(isToldBefore, ({ target }, at) => target.unmatched !== at);
  return {
    unmatched,
    put: { left: NO_WATERMARK, right: NO_WATERMARK },
    least: NONE_PENDING,
    count: 0,
    clear(window) {
      if (window.unmatched === undefined) return;
      window.unmatched = undefined;
      unmatched.callOff();
    },
  };
}

/**
 * How Kafka Streams comes to the records of a join that found no partner, tick by tick, for `stream` mode: not when their windows close, but when a record comes that
 * is not out of order, and its own reckoning says that there may be some; the record's own partners come after them. The reckoning is off by some in both directions
 * (KAFKA-19536 and others), and that is part of the results. Everywhere else a record is told unmatched when its window closes.
 */
export function changeJoined<V, S, O>(
  rules: JoinRules,
  context: Context<V, S, O>,
  key: KeyState<V, S>,
  lane: Lane<V, S>,
  changes: readonly Change<S>[],
  record: StreamRecord<V>,
): void {
  const isByStream = context.mode === 'stream';
  if (isByStream) tellUnmatchedBefore(context, rules, rules.sideOf(record.value), record.timestamp);
  const opened = changeWindows(context, key, lane, changes, record);
  if (isByStream && opened) afterJoin(context, rules, changes, opened, record.timestamp);
}

function tellUnmatchedBefore<V, S, O>(context: Context<V, S, O>, rules: JoinRules, side: Side, timestamp: number): void {
  const { watermark } = context;
  if (timestamp !== watermark || !(rules.outer.left || rules.outer.right)) return;
  const joined = joinedOf(context.state as State);
  const former = joined.least;
  const reach = rules.afterMs[side] + rules.graceMs;
  // Where nothing is pending Kafka's bound is the greatest long, to which it adds: anything but 0 makes it the least.
  const least = former === NONE_PENDING && reach > 0 ? Number.NEGATIVE_INFINITY : former;
  if (least + reach >= watermark) return;
  joined.least = NONE_PENDING;
  tellUnmatched(context, rules, 'kafka');
  if (joined.least !== former) joined.count++;
}

/** `all`: a claim has come, and whatever has closed is told. */
export function tellUnmatched<V, S, O>(context: Context<V, S, O>, { afterMs, graceMs }: JoinRules, how: 'kafka' | 'all'): void {
  const { watermark } = context;
  const joined = joinedOf(context.state as State);
  const { unmatched } = joined;
  const open = new Set<Side>();
  const kept: WindowEntry[] = [];
  let last: WindowEntry | undefined;
  for (let entry = unmatched.pop(Number.POSITIVE_INFINITY); entry; entry = unmatched.pop(Number.POSITIVE_INFINITY)) {
    const { target } = entry;
    if (how === 'kafka') joined.least = target.start;
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
  for (const entry of kept) unmatched.push(entry.target.unmatched as number, entry);
}

function tell<V, S, O>(context: Context<V, S, O>, entry: WindowEntry<V, S>): void {
  const { key, target: window } = entry;
  window.unmatched = undefined;
  sayClosing(context, key, window, window.closed?.by ?? 'watermark');
  keep(context, entry);
  touch(context, key);
}

/** It has been told, or joined: it is forgotten now where only that was waited for. */
function keep<V, S, O>({ state }: Context<V, S, O>, entry: WindowEntry<V, S>): void {
  if (entry.target.forgotten) takeWindowOut(state, entry);
  else state.journal?.window(entry.key, entry.target, 'put');
}

/** After a record has been joined: its partners wait for none any more; where it found none, it waits, or is told at once if Kafka Streams would not let it wait. */
function afterJoin<V, S, O>(
  context: Context<V, S, O>,
  rules: JoinRules,
  changes: readonly Change<S>[],
  own: WindowEntry<V, S>,
  timestamp: number,
): void {
  const { state, watermark } = context;
  const joined = joinedOf(state as State);
  for (const { window } of changes) {
    if (window?.unmatched === undefined) continue;
    joined.clear(window);
    keep(context, { ...own, target: window });
  }
  const { side, matched } = own.target.state as JoinState<V>;
  if (side === 'none') return;
  joined.count++;
  joined.put[side] = Math.max(joined.put[side], timestamp);
  if (matched || !rules.outer[side]) return;
  if (Math.max(0, timestamp + rules.afterMs[side]) < watermark) return sayClosing(context, own.key, own.target, 'watermark');
  joined.least = Math.min(joined.least, timestamp);
  // By timestamp, the right side first.
  const at = 2 * timestamp + (side === 'left' ? 1 : 0);
  own.target.unmatched = at;
  joined.unmatched.push(at, own as WindowEntry);
  state.journal?.window(own.key, own.target, 'put');
}
