import type { LiveState } from '../../../src/client.ts';
import type { Run } from './run.ts';
import { CLAIM_EVERY_MS, START } from './start.ts';
import type { LabState } from './state.ts';

/** What a lab knows beside its run. */
export type Around = Pick<LabState, 'settings' | 'now' | 'running' | 'speed' | 'realSpeed' | 'durability' | 'said'>;

/** All that can be drawn of a run. What has not changed since the last time is the same object. */
export function viewOf(run: Run, around: Around, before: LabState | undefined): LabState {
  const { feed, chronicle } = run;
  const { now } = around;
  const watermark = chronicle.watermarks.last;
  // A source that has caught up has claimed every `CLAIM_EVERY_MS`: what was due by then, and is open, is held.
  const lastClaim = now - ((now - START) % CLAIM_EVERY_MS);
  chronicle.windows.settle(watermark !== null && watermark >= lastClaim ? Number.NEGATIVE_INFINITY : lastClaim, now);
  chronicle.comparisons.settle(now);
  return {
    ...around,
    idle: feed.idle,
    behind: feed.held,
    engine: feed.engine,
    live: liveOf(run, around),
    records: chronicle.records.shown,
    recordCount: chronicle.records.count,
    watermarks: chronicle.watermarks.shown,
    streamTimes: chronicle.rival.streamTimes.shown,
    rival: chronicle.rival.shown,
    comparisons: chronicle.comparisons.shown,
    compared: same(before?.compared, { ...chronicle.comparisons.counts, dropped: chronicle.rival.dropped }),
    lateness: chronicle.lateness.shown,
    nextDeadline: run.deadlineAfter(now),
    hash: chronicle.hash,
  };
}

function liveOf({ feed, chronicle }: Run, { now }: Pick<Around, 'now'>): LiveState {
  const { windows, counting, outcomes, lates, watermarks } = chronicle;
  return {
    connection: 'open',
    retryAt: null,
    failures: 0,
    trouble: null,
    time: 'source',
    topology: 'reservation',
    counts: { ...counting.shown, open: windows.count, held: windows.held },
    source: { connected: true, want: null, stalled: stalledBy(feed.engine, feed.held, feed.waiting.length) },
    watermark: watermarks.last,
    now,
    offset: 0,
    open: windows.open,
    closed: windows.closed,
    outcomes,
    lates,
  };
}

function stalledBy(engine: LabState['engine'], held: boolean, waiting: number): string | null {
  const records = `${waiting} ${waiting === 1 ? 'record waits' : 'records wait'} in the log`;
  if (engine === 'killed') return `The engine was killed; ${records}.`;
  if (engine === 'asleep') return 'The computer sleeps.';
  return held ? `The source is behind; ${records}.` : null;
}

function same<T extends Readonly<Record<string, number>>>(before: T | undefined, now: T): T {
  return before !== undefined && Object.keys(now).every((name) => before[name] === now[name]) ? before : now;
}
