import { DURATION_RULE, type Duration, formatDuration, parseDuration } from '../duration.ts';
import type { JoinRules, JoinState, Side } from '../join-rules.ts';
import { changeJoined, tellUnmatched } from '../join-stream.ts';
import { badOption } from '../option.ts';
import type { StreamRecord } from '../record.ts';
import { NO_WATERMARK } from '../time.ts';
import { type Change, firstAfter, type Lane, type Place, startingAt, type Verdict, type Window, type WindowKind } from '../window.ts';
import { graceOption } from '../window-options.ts';

/** Which sides say that they have found no partner: none, the left one, both. */
export type JoinKind = 'inner' | 'left' | 'outer';

/** How far apart partners may be, how late, and which side a record is of. */
export interface JoinWindowOptions<V> {
  readonly kind: JoinKind;
  /** How far before a left record its right partners may be; ms may be negative, as long as `before + after` is not. */
  readonly before: Duration;
  /** How far after a left record its right partners may be. */
  readonly after: Duration;
  /** How long past that a record still finds its partners: 0 ms or more. Required (W9). */
  readonly grace: Duration;
  readonly side: (value: V) => Side;
  /** Both sides are the same stream: each of its records comes on both, on the left one first. In `stream` mode it is then its own partner, as in Kafka Streams. */
  readonly self?: boolean;
}

/**
 * A window for each record of two streams, in which its partners are (W10): of a left record at `t` the right ones in `[t - before, t + after]`, of a right one the left ones in
 * `[t - after, t + before]`. Its window is `[t, t + after]` (right: `[t, t + before]`) and closes at `end + grace + 1`: then no partner can come any more.
 * @throws OrielError `OPTION` for a duration out of bounds.
 */
export function joinWindows<V>(options: JoinWindowOptions<V>): WindowKind<V, false> {
  const { kind, side, self = false } = options;
  const beforeMs = reachOption('before', options.before);
  const afterMs = reachOption('after', options.after);
  const graceMs = graceOption('join', options.grace);
  if (beforeMs + afterMs < 0) throw badOption('join: before and after', [beforeMs, afterMs], 'that they are not negative together');
  const reach: JoinRules['afterMs'] = { left: afterMs, right: beforeMs };
  const joins: JoinRules = Object.freeze({
    sideOf: (value: unknown) => side(value as V),
    afterMs: reach,
    graceMs,
    outer: { left: kind !== 'inner', right: kind === 'outer' },
    self,
    retentionMs: beforeMs + afterMs + graceMs,
  });
  return Object.freeze<WindowKind<V, false>>({
    kind: 'join',
    title: `${kind} join of partners from ${formatDuration(beforeMs)} before to ${formatDuration(afterMs)} after, grace ${formatDuration(graceMs)}`,
    merges: false,
    stamp: 'latest',
    joins,
    laneOf: () => '',
    suppressedUntil: ({ closesAt }) => closesAt,
    change: (...change) => changeJoined(joins, ...change),
    claimed: (context) => tellUnmatched(context, joins, 'all'),
    // Nothing is looked for among the closed windows of a join, but in `stream` mode: there none is forgotten that can still be found.
    retentionMs: ({ time, retentionMs }) => (time.mode === 'stream' ? Math.max(retentionMs, beforeMs, afterMs) : 0),
    forgetsUpTo: ({ mode, watermark, state }) =>
      mode === 'stream' ? (state.joined ? Math.min(state.joined.put.left, state.joined.put.right) : NO_WATERMARK) : watermark,

    judge<S>(record: StreamRecord<V>, lane: Lane<V, S>, { watermark, mode, state }: Place): Verdict<S> {
      const { timestamp: t } = record;
      const own = side(record.value);
      const other = own === 'left' ? 'right' : 'left';
      const last = t + reach[own];
      const closesAt = last + graceMs + 1;
      // Kafka Streams takes records however late they are.
      if (mode !== 'stream' && closesAt <= watermark) return { to: 'late', code: 'LATE', closesAt };
      const isOther = ({ state, closed }: Window<S>): boolean =>
        (state as JoinState<V> | undefined)?.side === other && (mode === 'stream' || closed === undefined);
      let partners: readonly Window<S>[];
      if (mode !== 'stream') {
        partners = inRange(lane, t - reach[other], last).filter(isOther);
      } else {
        // The two stores of Kafka Streams hold each side for a time of its own; the one of a stream joined with itself does not hold the record yet.
        const hidden = (state.joined?.put[self ? 'right' : other] ?? NO_WATERMARK) - joins.retentionMs;
        partners = inRange(lane, Math.max(t - reach[other], hidden + 1), Math.max(0, last)).filter(isOther);
        if (self && own === 'right') partners = withItself(lane, partners, t, t > watermark - joins.retentionMs + 1);
      }
      const changes: Change<S>[] = partners.map((window) => ({ window, bounds: window, folds: true }));
      const bounds = { id: lane.id, start: t, end: Math.max(t, last), closesAt };
      changes.push({ bounds, from: (partners.length > 0 ? MATCHED : UNMATCHED) as S, folds: true });
      return { to: 'change', changes, missed: 0 };
    },
  });
}

const UNMATCHED: JoinState<never> = Object.freeze({ side: 'none' });
const MATCHED: JoinState<never> = Object.freeze({ side: 'none', matched: true });

/** The partners of a record, with it among them where it is its own, and not where it is not. It stands as the last that starts with it. */
function withItself<S>(lane: Lane<unknown, S>, partners: readonly Window<S>[], t: number, isPartner: boolean): readonly Window<S>[] {
  const itself = startingAt(lane.windows, t);
  // Not there where its left side was refused.
  if ((itself?.state as JoinState<unknown> | undefined)?.side !== 'left' || itself === undefined) return partners;
  const others = partners.filter((window) => window !== itself);
  const at = firstAfter(others, t);
  return isPartner ? [...others.slice(0, at), itself, ...others.slice(at)] : others;
}

/** Windows that start in `[from, to]`, by start, then as they came. */
function inRange<S>({ windows }: Lane<unknown, S>, from: number, to: number): Window<S>[] {
  return windows.slice(firstAfter(windows, from - 1), firstAfter(windows, to));
}

function reachOption(name: string, given: Duration): number {
  const ms = parseDuration(given);
  if (ms !== undefined) return ms;
  throw badOption(`join: ${name}`, given, DURATION_RULE);
}
