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
export type Batches = Readonly<Record<Look, Readonly<Record<Shape, readonly number[]>>>>;

/** Dots of one look and shape in one cell of this width and height are one dot: nobody could tell them apart, px. */
const CELL_PX = 2;

export function lookOf(record: LabRecord): Look {
  return record.delivered === null ? 'pending' : (record.fate ?? 'pending');
}

/** What is in view, sorted by how it is painted. The lists are the batcher's own, and hold until its next call. */
export interface Batched {
  readonly batches: Batches;
  /** From where a record stood in the log to where it was delivered, where that can be seen: x, y, x by turns. */
  readonly waits: readonly number[];
}

/** Sorts dots, all but that of the record `without`, frame by frame into the same lists. */
export function batcher(): (records: readonly LabRecord[], view: PlaneView, without?: number) => Batched {
  const shapes = (): Record<Shape, number[]> => ({ circle: [], diamond: [], triangle: [] });
  const batches = { pending: shapes(), folded: shapes(), duplicate: shapes(), waiting: shapes(), rejected: shapes(), late: shapes() };
  const all = Object.values(batches).flatMap((of) => Object.values(of));
  const waits: number[] = [];
  const taken = new Map<number[], Uint8Array>();

  return (records, view, without) => {
    for (const dots of all) dots.length = 0;
    waits.length = 0;
    const columns = Math.ceil((view.width + 2 * DOT_PX) / CELL_PX) + 1;
    const cells = columns * (Math.ceil((view.height + 2 * DOT_PX) / CELL_PX) + 1);
    for (const dots of all) {
      const grid = taken.get(dots);
      if (grid?.length === cells) grid.fill(0);
      else taken.set(dots, new Uint8Array(cells));
    }
    const waitLeastMs = (DOT_PX * 2) / pxPerMs(view);
    for (const record of records) {
      if (record.offset === without) continue;
      const x = xAt(view, seenAt(record));
      const y = yAt(view, record.timestamp);
      if (!isInView(view, x, y, DOT_PX)) continue;
      if (record.delivered !== null && record.delivered - record.appended > waitLeastMs)
        waits.push(Math.max(view.left, xAt(view, record.appended)), y, x);
      const dots = batches[lookOf(record)][SHAPES[record.type]];
      const grid = taken.get(dots);
      const cell = Math.floor((y + DOT_PX) / CELL_PX) * columns + Math.floor((x + DOT_PX) / CELL_PX);
      if (grid?.[cell] === 1) continue;
      if (grid !== undefined) grid[cell] = 1;
      dots.push(x, y);
    }
    return { batches, waits };
  };
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
