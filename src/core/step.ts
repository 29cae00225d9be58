import { added, type Context, NONE, touch } from './context.ts';
import type { Definition } from './definition.ts';
import { OrielError, type RejectCode } from './errors.ts';
import { foldRecord, openWindow } from './fold.ts';
import { createLane } from './lanes.ts';
import { planLate } from './late.ts';
import { placeWaiting } from './place.ts';
import { isTaken, setPosition } from './positions.ts';
import { isLogSource, logOf, type Source, type StreamRecord } from './record.ts';
import { refuse } from './refusal.ts';
import type { Late, Rejected, Result } from './result.ts';
import { closeEarly, retireIdle, settle, settleOwn } from './settle.ts';
import { createKey, type KeyState, noteAnyKey, type State, stateWakeAt } from './state.ts';
import { NO_WATERMARK, refuseTimestamp } from './time.ts';
import type { Place, Waiting, WindowKind } from './window.ts';

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
  const { suppress, windows } = definition;
  const { mode, maxHoldMs } = definition.time;
  const { type, now } = input;
  const context: Context<V, S, O> = {
    definition,
    state,
    now,
    mode,
    watermark,
    before: watermark,
    // Outside `stream` mode `untilWindowCloses` is `emit: 'close'`.
    suppressed: suppress && (suppress.until === 'limit' || mode === 'stream') ? suppress.suppressedOf(state as State) : undefined,
    results: NONE,
    late: NONE,
    rejected: NONE,
  };
  const claim = mode === 'clock' ? now : ((input as { readonly watermark?: number }).watermark ?? NO_WATERMARK);
  advance(context, claim);
  context.before = context.watermark;
  // What a claim lets go, or the records of other keys that stand before this one; a record's own change comes before what its own timestamp lets go.
  if (context.watermark > watermark) state.suppressed?.advanced(context);
  let disposition: Disposition | undefined;
  if (type === 'record') {
    disposition = takeRecord(context, input.record, input.refused);
  } else if (type === 'time') {
    if (mode === 'stream') advance(context, input.timestamp);
    noteAnyKey(state);
  } else {
    settle(context);
    if (mode === 'stream' && type === 'watermark' && claim > NO_WATERMARK) windows.claimed?.(context);
    if (type === 'release') closeEarly(context, 'operator', now);
    if (type === 'gap') markGap(state);
  }
  if (maxHoldMs !== undefined && mode === 'source') closeEarly(context, 'maxHold', now - maxHoldMs);
  retireIdle(context);
  const { results, late, rejected } = context;
  const wakeAt = stateWakeAt(state);
  return disposition ? { state, results, late, rejected, disposition, wakeAt } : { state, results, late, rejected, wakeAt };
}

const FOLDED: Disposition = Object.freeze({ kind: 'folded' });
const WAITING: Disposition = Object.freeze({ kind: 'waiting' });
const DUPLICATE: Disposition = Object.freeze({ kind: 'duplicate' });

/** T3, T4: a claim never goes back; the clock is read as it is. */
function advance<V, S, O>(context: Context<V, S, O>, watermark: number): void {
  const { state, mode } = context;
  if (mode !== 'clock' && watermark <= state.watermark) return;
  state.watermark = watermark;
  context.watermark = watermark;
}

function takeRecord<V, S, O>(context: Context<V, S, O>, record: StreamRecord<V>, before?: Refusal): Disposition {
  const { definition, state, now, mode } = context;
  const { time, windows, retentionMs } = definition;
  const { source, timestamp } = record;
  let key = state.keys.get(record.key);
  const refused = before ?? refuseTimestamp(timestamp, now, time) ?? refuseKind(windows, record);
  // What comes over HTTP never moves a watermark (T6).
  const movesTime = mode === 'stream' && (!source || isLogSource(source));
  const duplicate = key && isDuplicate(key, source, now);
  if (!refused && !duplicate && movesTime && time.scope === 'partition') advance(context, timestamp);
  settle(context);

  if (!key) {
    key = createKey<V, S>(record.key, time);
    state.keys.set(record.key, key);
  }
  let disposition = DUPLICATE;
  if (!duplicate) {
    remember(state, key, source, now + retentionMs);
    if (refused) {
      const { code, message } = refused;
      context.rejected = added(context.rejected, { code, message, record });
      disposition = { kind: 'rejected', code };
    } else {
      if (key.own) {
        if (movesTime) key.watermark = Math.max(key.watermark, timestamp);
        context.watermark = Math.max(state.watermark, key.watermark);
        settleOwn(context, key.own);
      }
      disposition = judge(context, key, record);
    }
  }
  count(key, disposition);
  touch(context, key);
  return disposition;
}

/** W3 and W4. Says how the record ended, without counting it. `waited`: what it has been until now, where it has waited; it stays as old as it is. */
function judge<V, S, O>(context: Context<V, S, O>, key: KeyState<V, S>, record: StreamRecord<V>, waited?: Waiting<V>): Disposition {
  const { definition, state } = context;
  const since = waited ? waited.since : context.watermark;
  const { windows, bound } = definition;
  try {
    const id = windows.laneOf(record);
    const lane = key.lanes.get(id) ?? createLane<V, S>(id);
    const verdict = windows.judge(record, lane, context as Place);
    switch (verdict.to) {
      case 'fold':
        foldRecord(context, { key, lane, target: verdict.window }, record);
        return FOLDED;
      case 'open':
        // W4: what the new window left over, since it has closed.
        for (const left of openWindow(context, key, lane, verdict.bounds, record)) count(key, judge(context, key, left.record, left));
        return FOLDED;
      case 'wait': {
        if (key.waiting >= bound.waiting) {
          throw new OrielError(
            'TOO_MANY_WAITING',
            `${key.waiting} records of the key wait for what they follow; the rule is at most ${bound.waiting}.`,
          );
        }
        const waiting: Waiting<V> = { ordinal: waited ? waited.ordinal : key.nextOrdinal++, record, until: verdict.until, since, settled: false };
        placeWaiting(state, key, lane, waiting);
        state.journal?.waiting(key, waiting, 'put');
        return WAITING;
      }
    }
    const late = verdict.to === 'late' ? verdict : verdict.late;
    const tell = late && planLate(context, key, record, late, since);
    if (verdict.to === 'change') {
      windows.change?.(context, key, lane, verdict.changes, record);
      if (!late) key.missed += verdict.missed;
    }
    if (!late) return FOLDED;
    tell?.();
    return { kind: 'late', code: late.code };
  } catch (error) {
    return { kind: 'rejected', code: refuse(context, error, { record }) };
  }
}

/** A kind of window that cannot take such a record at all. */
function refuseKind<V>(windows: WindowKind<V>, record: StreamRecord<V>): Refusal | undefined {
  const message = windows.refuses?.(record);
  return message === undefined ? undefined : { code: 'SCHEMA', message };
}

function count({ counts }: Pick<KeyState, 'counts'>, { kind }: Disposition): void {
  if (kind !== 'waiting') counts[kind]++;
}

function isDuplicate(key: KeyState, source: Source | undefined, now: number): boolean {
  if (!source) return false;
  return isLogSource(source) ? isTaken(key, source) : (key.eventIds?.get(source.id) ?? now) > now;
}

function remember(state: State, key: KeyState, source: Source | undefined, until: number): void {
  if (!source) return;
  if (isLogSource(source)) return setPosition(key, logOf(source), source.offset);
  const { id } = source;
  key.idsUntil = Math.max(key.idsUntil, until);
  key.eventIds ??= new Map();
  key.eventIds.delete(id);
  key.eventIds.set(id, key.idsUntil);
  state.journal?.eventId(key, id, 'put');
}

function markGap({ keys, journal }: State): void {
  // Not by what falls due: there are windows that never do.
  for (const key of keys.values()) {
    if (key.open === 0) continue;
    for (const { windows } of key.lanes.values()) {
      for (const window of windows) {
        if (window.closed) continue;
        window.gap = true;
        journal?.window(key, window, 'put');
      }
    }
  }
}
