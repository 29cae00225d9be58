import { INITIAL_STATE } from '../../../src/client.ts';
import type { LabRecord, LabState, RivalWindow } from '../../../web/src/lab/state.ts';

/** Where the clock of these tests stands. */
export const T0 = Date.UTC(2026, 0, 5, 15, 0);
export const S = 1_000;
export const MIN = 60 * S;

/** A payment by ada for table 4 that happened `agoMs` before `T0`, stood in the log a second later, and was taken in at once. */
export function aRecord(offset: number, agoMs = 0, given: Partial<LabRecord> = {}): LabRecord {
  const timestamp = given.timestamp ?? T0 - agoMs;
  const appended = given.appended ?? timestamp + S;
  return {
    offset,
    key: 'ada',
    table: '4',
    type: 'CustomerPaidForTable',
    timestamp,
    appended,
    delivered: appended,
    fate: 'folded',
    rivalFate: 'folded',
    own: false,
    ...given,
  };
}

export function aRequest(offset: number, agoMs = 0, given: Partial<LabRecord> = {}): LabRecord {
  return aRecord(offset, agoMs, { type: 'CustomerRequestedTable', ...given });
}

/** A window of Kafka Streams from `startMs` after `T0` on, of 15 min with a minute of grace, not told. */
export function aRivalWindow(startMs: number, given: Partial<RivalWindow> = {}): RivalWindow {
  const start = T0 + startMs;
  return {
    key: 'ada',
    table: '4',
    start,
    end: start + 15 * MIN,
    closesAt: start + 16 * MIN,
    requested: true,
    paid: false,
    cancelled: false,
    toldAt: null,
    ...given,
  };
}

/** A lab at `T0` in which nothing has happened. */
export function aLab(given: Partial<LabState> = {}): LabState {
  return {
    settings: { story: 'evening', seed: 1, windowMs: 15 * MIN, graceMs: MIN, customers: 10, speed: 60 },
    now: T0,
    running: true,
    speed: 60,
    realSpeed: null,
    idle: false,
    behind: false,
    engine: 'running',
    durability: { kind: 'indexeddb' },
    live: INITIAL_STATE,
    records: [],
    recordCount: 0,
    watermarks: [],
    streamTimes: [],
    rival: new Map(),
    comparisons: [],
    compared: { same: 0, open: 0, wrong: 0, silent: 0, early: 0, dropped: 0 },
    lateness: { count: 0, p50: null, p99: null },
    nextDeadline: null,
    hash: '',
    said: '',
    ...given,
  };
}
