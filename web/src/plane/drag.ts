import type { LabRecord, LabState } from '../lab/state.ts';
import { watermarkAt } from './lines.ts';
import { instantAt, type PlaneView } from './view.ts';

/** Never before it happened; at most to the right edge, a little ahead of now. In whole ms. */
export function appendedWithin(record: LabRecord, wanted: number, latest: number): number {
  return Math.round(Math.max(record.timestamp, Math.min(wanted, latest)));
}

/** When a record stands in the log whose dot is dragged to `x`. `grip`: how far from the dot's middle it was taken, px. */
export function draggedTo(record: LabRecord, view: PlaneView, x: number, grip: number): number {
  return appendedWithin(record, instantAt(view, x - grip), latestIn(view));
}

export function latestIn(view: PlaneView): number {
  return instantAt(view, view.width);
}

/** How far an arrow key moves a record, ms: a sixtieth of its window, with Shift a sixth; at least 1 s. */
export function keyStepMs(windowMs: number, shift: boolean): number {
  return Math.max(1_000, Math.round(windowMs / (shift ? 6 : 60) / 1_000) * 1_000);
}

/** A reservation's window: of a request its own, of what follows that of the last request before it. */
export interface Reserved {
  readonly request: LabRecord;
  readonly end: number;
  readonly closesAt: number;
}

export function windowOf(record: LabRecord, { records, settings }: Pick<LabState, 'records' | 'settings'>): Reserved | undefined {
  let request: LabRecord | undefined = record.type === 'CustomerRequestedTable' ? record : undefined;
  if (request === undefined) {
    for (const other of records) {
      if (other.type !== 'CustomerRequestedTable' || other.key !== record.key || other.table !== record.table) continue;
      if (other.timestamp <= record.timestamp && (request === undefined || other.timestamp >= request.timestamp)) request = other;
    }
  }
  if (request === undefined) return undefined;
  const end = request.timestamp + settings.windowMs;
  return { request, end, closesAt: end + settings.graceMs };
}

/**
 * How a record stands to its window if it stands in the log at `appended`: it is late once the watermark has reached the closing before it. `none`: there is no window;
 * `past`: it happened when its window had ended.
 */
export type Standing = 'none' | 'past' | 'inside' | 'grace' | 'closed';

export function standingAt(
  record: LabRecord,
  appended: number,
  state: Pick<LabState, 'records' | 'settings' | 'watermarks' | 'now' | 'behind' | 'engine'>,
): Standing {
  const reserved = windowOf(record, state);
  if (reserved === undefined) return 'none';
  if (record.timestamp >= reserved.end) return 'past';
  // Ahead of now it is taken that the watermark goes on with the clock, unless it stands still by now.
  const goesOn = appended > state.now && !state.behind && state.engine === 'running';
  const watermark = goesOn ? appended : watermarkAt(state.watermarks, appended);
  if (watermark === null || watermark < reserved.end) return 'inside';
  return watermark < reserved.closesAt ? 'grace' : 'closed';
}
