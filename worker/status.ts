import type { TimeMode } from '../src/core/time.ts';
import type { Counts, LiveSource, LiveWindow } from '../src/protocol/live.ts';
import type { Page, PageQuery, PartitionStatus } from './api.ts';
import { decodeCursor, encodeCursor } from './cursor.ts';
import { FIRST } from './deadlines.ts';
import { bump, type Ledger } from './ledger.ts';
import type { BridgeSocket } from './sockets.ts';

export interface StatusQuery extends Pick<PartitionStatus, 'topic' | 'partition' | 'time' | 'now' | 'watermark' | 'source' | 'alarmLatenessMs'> {
  readonly ledger: Ledger;
}

/** Where a partition stands, from what it has stored. */
export function partitionStatus({ ledger, ...query }: StatusQuery): PartitionStatus {
  const { meta } = ledger;
  const records = Object.entries(meta.records).map(([name, count]) => ({ ...split(name, 'disposition', 'code'), count }));
  const outcomes = Object.entries(meta.outcomes).map(([name, count]) => ({ ...split(name, 'type', 'reason'), count }));
  const oldest = ledger.outcomes.oldestAfter(meta.acked);
  return {
    ...query,
    next: meta.next,
    incarnation: meta.incarnation,
    counts: countsOf(ledger, query.time, query.now),
    records,
    outcomes,
    missed: meta.missed,
    oldestHold: query.time === 'source' ? ledger.deadlines.countHeld(query.now).oldest : null,
    skewMs: meta.skewMs,
    outbox: { depth: meta.seq - meta.acked, ageMs: oldest === undefined ? 0 : Math.max(0, query.now - oldest) },
    deadLetters: ledger.deadLetters.count(),
    parked: { customers: ledger.parking.customers, records: ledger.parking.items },
  };
}

/** What came of the records and windows of a partition. */
export function countsOf(ledger: Ledger, time: TimeMode, now: number): Counts {
  const { meta } = ledger;
  const ended = (disposition: string): number =>
    Object.entries(meta.records).reduce((sum, [name, count]) => (name.startsWith(`${disposition}/`) ? sum + count : sum), 0);
  return {
    folded: ended('folded'),
    waiting: ledger.deadlines.waiting,
    late: ended('late'),
    rejected: ended('rejected'),
    duplicate: ended('duplicate'),
    outcomes: meta.seq,
    byType: typesOf(meta.outcomes),
    open: ledger.deadlines.open,
    held: time === 'source' ? ledger.deadlines.countHeld(now).count : 0,
  };
}

export function sourceOf(sockets: readonly BridgeSocket[], stalled: string | null): LiveSource {
  const active = sockets.find((socket) => socket.active);
  return { connected: active !== undefined, want: active?.want?.at ?? null, stalled };
}

/** Open windows in the order in which they close. */
export function windowsPage(ledger: Ledger, { limit, after }: PageQuery, isHeld: (window: Omit<LiveWindow, 'held'>) => boolean): Page<LiveWindow> {
  const found = ledger.deadlines.windows(after === undefined ? FIRST : decodeCursor(after), limit);
  const last = found.at(-1);
  return {
    items: found.map(({ window }) => ({ ...window, held: isHeld(window) })),
    next: last !== undefined && found.length === limit ? encodeCursor(last.cursor) : null,
  };
}

function split<A extends string, B extends string>(name: string, first: A, second: B): Record<A | B, string> {
  const slash = name.indexOf('/');
  return { [first]: name.slice(0, slash), [second]: name.slice(slash + 1) } as Record<A | B, string>;
}

/** Outcomes by type alone: they are counted by `type/reason`. */
function typesOf(outcomes: Readonly<Record<string, number>>): Record<string, number> {
  const types: Record<string, number> = {};
  for (const [name, count] of Object.entries(outcomes)) bump(types, name.slice(0, name.indexOf('/')), count);
  return types;
}
