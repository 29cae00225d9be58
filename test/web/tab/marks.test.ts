import { describe, expect, it } from 'vitest';
import type { Lane } from '../../../web/src/lanes.ts';
import { marksOf, recordsByKey } from '../../../web/src/tab/marks.ts';
import { aWindow } from '../frames.ts';
import { aRecord, aRequest, MIN, S, T0 } from '../plane/records.ts';

function laneOf(...starts: readonly [table: string, start: number, row: number][]): Lane {
  const windows = starts.map(([table, start, row]) => ({ id: `${table} ${start}`, window: aWindow('ada', table, start), row, to: start + 16 * S }));
  return { key: 'ada', own: false, rows: 2, windows, hidden: 0 };
}

describe('the records on the bars', () => {
  it('stand at their event time, in the row of the last window of their table that had begun', () => {
    const lane = laneOf(['4', T0 - 5 * MIN, 0], ['4', T0 - MIN, 1], ['9', T0 - 2 * MIN, 1]);
    const records = [
      aRequest(0, 5 * MIN),
      aRecord(1, 2 * MIN),
      aRecord(2, MIN / 2),
      aRecord(3, MIN, { table: '9', type: 'CustomerCancelledReservation' }),
    ];
    expect(marksOf(lane, records).map(({ offset, kind, at, row }) => [offset, kind, at - T0, row])).toEqual([
      [0, 'request', -5 * MIN, 0],
      [1, 'payment', -2 * MIN, 0],
      [2, 'payment', -MIN / 2, 1],
      [3, 'cancellation', -MIN, 1],
    ]);
  });

  it('leave out what is of no window in sight', () => {
    expect(marksOf(laneOf(['4', T0, 0]), [aRecord(0, S), aRecord(1, -S, { table: '5' })])).toEqual([]);
  });

  it('show what waits, and of what was late when it came', () => {
    const lane = laneOf(['4', T0 - MIN, 0]);
    const marks = marksOf(lane, [
      aRecord(0, S, { delivered: null, fate: null }),
      aRecord(1, S, { fate: 'late', appended: T0 + 5 * S, delivered: T0 + 9 * S }),
      aRecord(2, S),
    ]);
    expect(marks.map(({ waiting, lateUntil }) => [waiting, lateUntil])).toEqual([
      [true, null],
      [false, T0 + 9 * S],
      [false, null],
    ]);
  });

  it('are found by their customer', () => {
    const byKey = recordsByKey([aRecord(0), aRecord(1, 0, { key: 'ben' }), aRecord(2)]);
    expect([...byKey].map(([key, records]) => [key, records.map(({ offset }) => offset)])).toEqual([
      ['ada', [0, 2]],
      ['ben', [1]],
    ]);
  });
});
