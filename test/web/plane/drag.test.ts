import { describe, expect, it } from 'vitest';
import { dotAt, lookOf } from '../../../web/src/plane/dots.ts';
import { appendedWithin, draggedTo, keyStepMs, latestIn, standingAt, windowOf } from '../../../web/src/plane/drag.ts';
import { isAhead } from '../../../web/src/plane/scene.ts';
import { tipOf } from '../../../web/src/plane/tip.ts';
import { viewOf, xAt, yAt } from '../../../web/src/plane/view.ts';
import { aLab, aRecord, aRequest, MIN, S, T0 } from './records.ts';

const view = viewOf(1_000, 400, T0, 32 * MIN);

describe('where a record can be moved', () => {
  it('is never before it happened, and never past the right edge', () => {
    const record = aRecord(0, 10 * MIN);
    expect(draggedTo(record, view, 0, 0)).toBe(record.timestamp);
    expect(draggedTo(record, view, 5_000, 0)).toBe(latestIn(view));
    expect(latestIn(view)).toBeGreaterThan(T0);
    expect(appendedWithin(record, record.timestamp + 0.4, T0)).toBe(record.timestamp);
  });

  it('keeps the dot under the pointer as it was taken', () => {
    const wanted = T0 - 3 * MIN;
    expect(draggedTo(aRecord(0, 10 * MIN), view, xAt(view, wanted) + 3, 3)).toBe(wanted);
  });

  it('goes by a sixtieth of the window with a key, a sixth with Shift, and at least a second', () => {
    expect([keyStepMs(15 * MIN, false), keyStepMs(15 * MIN, true), keyStepMs(5 * S, false)]).toEqual([15 * S, 150 * S, S]);
  });
});

describe('records that were moved ahead of now', () => {
  const ahead = aRecord(0, 0, { appended: T0 + MIN, delivered: null, fate: null });

  it('are ahead until their instant comes', () => {
    expect([isAhead(ahead, T0), isAhead(ahead, T0 + MIN), isAhead(aRecord(0, 0), T0 - MIN)]).toEqual([true, false, false]);
  });

  it('can be taken again where they stand, right of now', () => {
    expect(dotAt([ahead], view, xAt(view, T0 + MIN), yAt(view, T0), 10)).toBe(ahead);
    expect(lookOf(ahead)).toBe('pending');
    expect(tipOf({ shown: ahead, moving: undefined, state: aLab({ records: [ahead] }) })?.[1]).toContain('to stand in the log');
  });
});

describe('the window of a record', () => {
  const request = aRequest(0, 14 * MIN);
  const payment = aRecord(1, 4 * MIN);
  const records = [request, aRequest(2, 30 * MIN), aRequest(3, 13 * MIN, { table: '5' }), payment];

  it('is that of the last request for the same table before it', () => {
    expect(windowOf(payment, aLab({ records }))).toEqual({ request, end: request.timestamp + 15 * MIN, closesAt: request.timestamp + 16 * MIN });
    expect(windowOf(request, aLab({ records }))?.request).toBe(request);
    expect(windowOf(aRecord(9, 0, { key: 'bob' }), aLab({ records }))).toBeUndefined();
  });

  it('says what a move would mean, by the watermark that held then', () => {
    const watermarks = [{ at: T0 - 60 * MIN, watermark: T0 - 60 * MIN }];
    for (let at = T0 - 20 * MIN; at <= T0; at += S) watermarks.push({ at, watermark: at - 1 });
    const lab = aLab({ records, watermarks });
    const standing = (ms: number) => standingAt(payment, request.timestamp + ms, lab);
    expect([standing(10 * MIN), standing(15 * MIN), standing(15.5 * MIN), standing(16 * MIN + 2 * S)]).toEqual([
      'inside',
      'grace',
      'grace',
      'closed',
    ]);
    expect(standingAt(aRecord(9, 0, { key: 'bob' }), T0, lab)).toBe('none');
  });

  it('has nothing closed while the source is behind', () => {
    const lab = aLab({ records, watermarks: [{ at: T0 - 10 * MIN, watermark: T0 - 10 * MIN }], behind: true });
    expect([standingAt(payment, T0 + 60 * MIN, lab), standingAt(payment, T0 + 60 * MIN, { ...lab, behind: false })]).toEqual(['inside', 'closed']);
    expect(standingAt(payment, T0 + 60 * MIN, { ...lab, behind: false, engine: 'killed' })).toBe('inside');
  });

  it('takes no record that happened after its end', () => {
    expect(standingAt(aRecord(7, 0, { timestamp: request.timestamp + 15 * MIN }), T0, aLab({ records }))).toBe('past');
  });
});
