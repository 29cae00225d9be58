import type { EventType, LabRecord, LabState } from '../lab/state.ts';
import { clockTime, span } from '../moments.ts';
import { tableName } from '../trades/reservation.ts';
import type { Standing } from './drag.ts';
import { standsSince } from './lines.ts';

export const EVENTS: Readonly<Record<EventType, string>> = {
  CustomerRequestedTable: 'Request',
  CustomerPaidForTable: 'Payment',
  CustomerCancelledReservation: 'Cancellation',
};

export function nameOf({ type, key, table }: LabRecord): string {
  return `${EVENTS[type]} by ${key}, ${tableName(table).replace(/^Table/, 'table')}`;
}

const OURS: Readonly<Record<NonNullable<LabRecord['fate']>, string>> = {
  folded: 'taken in',
  waiting: 'waits for its request',
  late: 'too late, and said so',
  rejected: 'rejected, and said so',
  duplicate: 'known already',
};

export function oursOf({ fate, delivered }: LabRecord): string {
  return delivered === null || fate === null ? 'not delivered yet' : OURS[fate];
}

export function theirsOf({ rivalFate }: LabRecord): string {
  return rivalFate === null ? 'not seen yet' : rivalFate === 'folded' ? 'taken in' : 'dropped without a word';
}

/** How long after it happened a record stood in the log: `at once` within a second. */
export function delayOf({ timestamp }: Pick<LabRecord, 'timestamp'>, appended: number): string {
  return appended - timestamp < 1_000 ? 'at once' : `${span(appended - timestamp)} later`;
}

const STANDINGS: Readonly<Record<Standing, string>> = {
  none: '',
  past: ': it happened after the end of its window',
  inside: ': its window is still open',
  grace: ': after the end of its window, within the grace',
  closed: ': after its window has closed',
};

/** What it means that a record stands in the log at `appended`. */
export function moveWords(record: LabRecord, appended: number, standing: Standing): string {
  const delay = appended - record.timestamp;
  return `Stands in the log ${delay < 1_000 ? 'the moment it happened' : `${span(delay)} after it happened`}${STANDINGS[standing]}`;
}

/** A gap between the two lines this long is told, for windows of a length, ms: a tenth of it. */
export function gapToldMs(windowMs: number): number {
  return windowMs / 10;
}

/** How far Kafka Streams' time is behind our watermark, ms; 0 where it is not, and before either has begun. */
export function gapOf({ watermarks, streamTimes }: Pick<LabState, 'watermarks' | 'streamTimes'>): number {
  const ours = watermarks.at(-1)?.watermark;
  const theirs = streamTimes.at(-1)?.watermark;
  return ours === undefined || theirs === undefined ? 0 : Math.max(0, ours - theirs);
}

/** What is to be seen, in plain words. */
export function captionOf(state: LabState, now: number): string {
  const ours = state.watermarks.at(-1)?.watermark;
  if (state.engine === 'killed')
    return `Our engine is down: its watermark stands${at(ours)}. Nothing is decided on what nobody can know; records wait in the log.`;
  if (state.engine === 'asleep') return `The tab is asleep: our watermark stands${at(ours)}. On waking, windows that fell due close in order, once.`;
  if (state.behind)
    return `The source is behind: our watermark stands${at(ours)}, so no window closes while a payment for it may still wait in the log.`;
  const gap = gapOf(state);
  const since = standsSince(state.streamTimes);
  if (gap >= gapToldMs(state.settings.windowMs) && since !== null)
    return `Nothing newer has come for ${span(Math.max(now - since, 0))}. Our watermark goes on with the clock, so windows close on time. Kafka Streams’ time moves with records alone: it stands, and so do its windows.`;
  return 'Each dot is something a customer did. The further below the diagonal, the later it came. What is earlier than the watermark counts as complete.';
}

function at(watermark: number | undefined): string {
  return watermark === undefined ? '' : ` at ${clockTime(watermark)}`;
}
