import type { EventType, LabRecord } from '../lab/state.ts';
import { isInView, type PlaneView, pxPerMs, seenAt, xAt, yAt } from './view.ts';

/** How a dot is painted, by what became of its record; `pending` is hollow: the engine does not have it yet. */
export const LOOKS = ['pending', 'folded', 'duplicate', 'waiting', 'rejected', 'late'] as const;
export type Look = (typeof LOOKS)[number];

export const SHAPES: Readonly<Record<EventType, 'circle' | 'diamond' | 'triangle'>> = {
  CustomerRequestedTable: 'circle',
  CustomerPaidForTable: 'diamond',
  CustomerCancelledReservation: 'triangle',
};
export type Shape = (typeof SHAPES)[EventType];

export const DOT_PX = 4.5;

/** Dots of one look and shape: x and y by turns, so that a frame makes no object a dot. */
export type Batches = Readonly<Record<Look, Readonly<Record<Shape, number[]>>>>;

export function emptyBatches(): Batches {
  const shapes = (): Record<Shape, number[]> => ({ circle: [], diamond: [], triangle: [] });
  return { pending: shapes(), folded: shapes(), duplicate: shapes(), waiting: shapes(), rejected: shapes(), late: shapes() };
}

export function lookOf(record: LabRecord): Look {
  return record.delivered === null ? 'pending' : (record.fate ?? 'pending');
}

/** Puts the dots that are in view into `batches`, which are emptied first, and the way from the log to the engine, where it is seen, into `waits` (x, y, x by turns). */
export function batchDots(records: readonly LabRecord[], view: PlaneView, batches: Batches, waits: number[], without: number | undefined): void {
  for (const look of LOOKS) for (const dots of Object.values(batches[look])) dots.length = 0;
  waits.length = 0;
  const waitLeastMs = (DOT_PX * 2) / pxPerMs(view);
  for (const record of records) {
    if (record.offset === without) continue;
    const x = xAt(view, seenAt(record));
    const y = yAt(view, record.timestamp);
    if (!isInView(view, x, y, DOT_PX)) continue;
    batches[lookOf(record)][SHAPES[record.type]].push(x, y);
    if (record.delivered !== null && record.delivered - record.appended > waitLeastMs)
      waits.push(Math.max(view.left, xAt(view, record.appended)), y, x);
  }
}

/** The record whose dot is nearest to a point, at most `reachPx` away; of equally near ones the last, which lies on top. */
export function dotAt(records: readonly LabRecord[], view: PlaneView, x: number, y: number, reachPx: number): LabRecord | undefined {
  let nearest: LabRecord | undefined;
  let least = reachPx * reachPx;
  for (const record of records) {
    const dx = xAt(view, seenAt(record)) - x;
    const dy = yAt(view, record.timestamp) - y;
    const square = dx * dx + dy * dy;
    if (square > least || !isInView(view, x + dx, y + dy, DOT_PX)) continue;
    least = square;
    nearest = record;
  }
  return nearest;
}
