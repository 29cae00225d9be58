import { changeWindows } from './change.ts';
import { added, type Context, NONE, touch } from './context.ts';
import type { Definition } from './definition.ts';
import { letGo } from './emit.ts';
import { OrielError, type RejectCode } from './errors.ts';
import { foldRecord, openWindow } from './fold.ts';
import { afterJoin, tellUnmatched, tellUnmatchedBefore } from './join-stream.ts';
import { createLane } from './lanes.ts';
import { planLate } from './late.ts';
import { placeWaiting } from './place.ts';
import { isTaken, setPosition } from './positions.ts';
import { isLogSource, logOf, type StreamRecord } from './record.ts';
import { refusal } from './refusal.ts';
import type { Late, Rejected, Result } from './result.ts';
import { closeEarly, retireIdle, settle, settleOwn } from './settle.ts';
import { createKey, type KeyCounts, type KeyState, noteAnyKey, type State, stateWakeAt } from './state.ts';
import { NO_WATERMARK, refuseTimestamp } from './time.ts';
import type { Change, Lane, LateVerdict, Waiting, WindowKind } from './window.ts';

/**
 * What a step takes. `now` is processing time, ms since the epoch. `watermark` on a record is the one in force at its place; on a watermark it is the
 * claim (in `clock` mode `now` is the watermark, and neither is looked at).
 */
export type Input<V> =
  | {
      readonly type: 'record';
      readonly record: StreamRecord<V>;
      readonly now: number;
      readonly watermark?: number;
      /** Why what stands before the windows refuses it: then it is rejected, and moves nothing. */
      readonly refused?: Refusal;
    }
  | { readonly type: 'watermark'; readonly watermark?: number; readonly now: number }
  /** `stream` mode: a record that is none of any key's, and yet says how far time is. It settles nothing by itself. */
  | { readonly type: 'time'; readonly timestamp: number; readonly now: number }
  /** The operator closes every window with `closesAt <= now` (T6). */
  | { readonly type: 'release'; readonly now: number }
  /** Offsets of the log were lost: windows open now say so. */
  | { readonly type: 'gap'; readonly now: number };

type Refusal = { readonly code: RejectCode; readonly message: string };

/** How the record of an input ended (R3), or that it waits. */
export interface Disposition {
  readonly kind: 'folded' | 'waiting' | 'late' | 'rejected' | 'duplicate';
  readonly code?: Late['code'] | RejectCode;
}

/** What came of one input. Its lists are read, not kept: the engine shares the empty ones. */
export interface Step<V = unknown, S = unknown, O = unknown> {
  /** The state to go on with. It is the one given, advanced: the one before the step is gone. */
  readonly state: State<V, S>;
  /** In order: what fell due first, by (instant, key), then what the record brought about. */
  readonly results: readonly Result<O>[];
  readonly late: readonly Late<V, S>[];
  readonly rejected: readonly Rejected<V>[];
  /** Of the input's own record. */
  readonly disposition?: Disposition;
  /** T2: undefined where nothing is open that will close, nothing waits and nothing is suppressed. */
  readonly wakeAt: number | undefined;
}

/**
 * The engine: advances the state by one input and says what came of it. Deterministic (R6): no clock, no I/O; time is in the input. User functions that throw
 * reject the record they threw on and leave no half change (R7). Cost: O(log n) in the windows open, plus what falls due.
 */
export function step<V, S, O>(definition: Definition<V, S, O>, state: State<V, S>, input: Input<V>): Step<V, S, O> {
  const { watermark } = state;
  const { mode } = definition.time;
  const { now } = input;
  const { joinPut } = state;
  const context: Context<V, S, O> = {
    definition,
    state,
    now,
    mode,
    watermark,
    before: watermark,
    joinPut,
    results: NONE,
    late: NONE,
    rejected: NONE,
  };
  advance(context, definition.time.mode === 'clock' ? input.now : 'watermark' in input ? (input.watermark ?? NO_WATERMARK) : NO_WATERMARK);
  context.before = context.watermark;
  // What a claim lets go in `stream` mode, or the records of other keys that stand before this one; a record's own change comes before what its own timestamp lets go.
  if (state.suppressedCount > 0 && definition.time.mode === 'stream' && context.watermark > watermark) letGo(context, context.watermark);
  let disposition: Disposition | undefined;
  if (input.type === 'record') {
    disposition = takeRecord(context, input.record, input.refused);
  } else if (input.type === 'time') {
    if (definition.time.mode === 'stream') advance(context, input.timestamp);
    noteAnyKey(state);
  } else {
    settle(context);
    if (definition.windows.joins !== undefined && definition.time.mode === 'stream' && isClaim(input))
      tellUnmatched(context, definition.windows.joins);
    if (input.type === 'release') closeEarly(context, 'operator', input.now);
    if (input.type === 'gap') markGap(context);
  }
  const { maxHoldMs } = definition.time;
  if (maxHoldMs !== undefined && definition.time.mode === 'source') closeEarly(context, 'maxHold', input.now - maxHoldMs);
  retireIdle(context);
  const { results, late, rejected } = context;
  const wakeAt = stateWakeAt(state);
  return disposition === undefined ? { state, results, late, rejected, wakeAt } : { state, results, late, rejected, disposition, wakeAt };
}

function isClaim(input: Input<unknown>): boolean {
  return input.type === 'watermark' && input.watermark !== undefined && input.watermark > NO_WATERMARK;
}

const FOLDED: Disposition = Object.freeze({ kind: 'folded' });
const WAITING: Disposition = Object.freeze({ kind: 'waiting' });
const DUPLICATE: Disposition = Object.freeze({ kind: 'duplicate' });

/** T3, T4: a claim never goes back; the clock is read as it is. */
function advance(context: Context<unknown, unknown, unknown>, watermark: number): void {
  const { state } = context;
  if (context.definition.time.mode !== 'clock' && watermark <= state.watermark) return;
  state.watermark = watermark;
  context.watermark = watermark;
}

function takeRecord<V, S, O>(context: Context<V, S, O>, record: StreamRecord<V>, before?: Refusal): Disposition {
  const { definition, state, now } = context;
  let key = state.keys.get(record.key);
  const refused = before ?? refuseTimestamp(record.timestamp, now, definition.time) ?? refuseKind(definition.windows, record);
  // What comes over HTTP never moves a watermark (T6).
  const movesTime = definition.time.mode === 'stream' && (record.source === undefined || isLogSource(record.source));
  const duplicate = key !== undefined && isDuplicate(key, record, now);
  if (refused === undefined && !duplicate && movesTime && definition.time.scope === 'partition') advance(context, record.timestamp);
  settle(context);

  if (key === undefined) {
    key = createKey<V, S>(record.key, definition.time);
    state.keys.set(record.key, key);
  }
  let disposition: Disposition;
  if (!duplicate) remember(key, record, now + definition.retentionMs, state);
  if (duplicate) {
    disposition = DUPLICATE;
  } else if (refused !== undefined) {
    disposition = reject(context, record, refused.code, refused.message);
  } else {
    if (key.own !== undefined) {
      if (movesTime) key.watermark = Math.max(key.watermark, record.timestamp);
      context.watermark = Math.max(state.watermark, key.watermark);
      settleOwn(context, key.own);
    }
    disposition = judge(context, key, record);
  }
  count(key.counts, disposition);
  touch(context, key);
  return disposition;
}

/** W3 and W4. Says how the record ended, without counting it. */
function judge<V, S, O>(context: Context<V, S, O>, key: KeyState<V, S>, record: StreamRecord<V>, waited?: Waiting<V>): Disposition {
  const { definition } = context;
  try {
    const id = definition.windows.laneOf(record);
    const lane = key.lanes.get(id) ?? createLane<V, S>(id);
    const verdict = definition.windows.judge(record, lane, context);
    switch (verdict.to) {
      case 'fold':
        foldRecord(context, key, lane, verdict.window, record);
        return FOLDED;
      case 'change': {
        const tell = verdict.late === undefined ? undefined : late(context, key, record, verdict.late, waited);
        changeAll(context, key, lane, verdict.changes, record);
        if (tell !== undefined) return tell();
        key.missed += verdict.missed;
        return FOLDED;
      }
      case 'late':
        return late(context, key, record, verdict, waited)();
      case 'wait': {
        if (key.waiting >= definition.bound.waiting) {
          throw new OrielError(
            'TOO_MANY_WAITING',
            `${key.waiting} records of the key wait for what they follow; the rule is at most ${definition.bound.waiting}.`,
          );
        }
        const waiting: Waiting<V> = {
          ordinal: key.nextOrdinal++,
          record,
          until: verdict.until,
          since: waited?.since ?? context.watermark,
          settled: false,
        };
        placeWaiting(context.state, key, lane, waiting);
        context.state.journal?.waiting(key, waiting, 'put');
        return WAITING;
      }
      case 'open': {
        const rest = openWindow(context, key, lane, verdict.bounds, record);
        for (const again of rest) rejudge(context, key, again);
        return FOLDED;
      }
    }
  } catch (error) {
    const { code, message } = refusal(error);
    return reject(context, record, code, message);
  }
}

function changeAll<V, S, O>(
  context: Context<V, S, O>,
  key: KeyState<V, S>,
  lane: Lane<V, S>,
  changes: readonly Change<S>[],
  record: StreamRecord<V>,
): void {
  const { windows, time } = context.definition;
  const joins = time.mode === 'stream' ? windows.joins : undefined;
  if (joins !== undefined) tellUnmatchedBefore(context, joins, joins.sideOf(record.value), record.timestamp);
  const opened = changeWindows(context, key, lane, changes, record);
  if (joins !== undefined && opened !== undefined) afterJoin(context, key, joins, changes, { key, lane, target: opened }, record);
}

function late<V, S, O>(
  context: Context<V, S, O>,
  key: KeyState<V, S>,
  record: StreamRecord<V>,
  verdict: LateVerdict<S>,
  waited?: Waiting<V>,
): () => Disposition {
  const tell = planLate(context, key, record, verdict, waited?.since ?? context.watermark);
  return () => {
    tell();
    return { kind: 'late', code: verdict.code };
  };
}

/** A kind of window that cannot take such a record at all. */
function refuseKind<V>(windows: WindowKind<V>, record: StreamRecord<V>): Refusal | undefined {
  const message = windows.refuses?.(record);
  return message === undefined ? undefined : { code: 'SCHEMA', message };
}

/** W4: a record that the new window left over because it has closed. */
function rejudge<V, S, O>(context: Context<V, S, O>, key: KeyState<V, S>, waited: Waiting<V>): void {
  count(key.counts, judge(context, key, waited.record, waited));
}

function count(counts: KeyCounts, { kind }: Disposition): void {
  if (kind === 'folded') counts.folded++;
  else if (kind !== 'waiting') counts[kind]++;
}

function reject<V, S, O>(context: Context<V, S, O>, record: StreamRecord<V>, code: RejectCode, message: string): Disposition {
  context.rejected = added(context.rejected, { code, message, record });
  return { kind: 'rejected', code };
}

function isDuplicate(key: KeyState, record: StreamRecord, now: number): boolean {
  const { source } = record;
  if (source === undefined) return false;
  return isLogSource(source) ? isTaken(key, source) : (key.eventIds?.get(source.id) ?? now) > now;
}

function remember<V, S>(key: KeyState<V, S>, { source }: StreamRecord<V>, until: number, state: State<V, S>): void {
  if (source === undefined) return;
  if (isLogSource(source)) return setPosition(key, logOf(source), source.offset);
  key.idsUntil = Math.max(key.idsUntil, until);
  key.eventIds ??= new Map();
  key.eventIds.delete(source.id);
  key.eventIds.set(source.id, key.idsUntil);
  state.journal?.eventId(key as KeyState, source.id, 'put');
}

function markGap({ state }: Context<unknown, unknown, unknown>): void {
  // Not by what falls due: there are windows that never do.
  for (const key of state.keys.values()) {
    if (key.open === 0) continue;
    for (const { windows } of key.lanes.values()) {
      for (const window of windows) {
        if (window.closed !== undefined) continue;
        window.gap = true;
        state.journal?.window(key, window, 'put');
      }
    }
  }
}
