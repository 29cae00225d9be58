import { describe, expect, it } from 'vitest';
import { batcher, dotAt, lookOf } from '../../../web/src/plane/dots.ts';
import { viewOf, xAt, yAt } from '../../../web/src/plane/view.ts';
import { aRecord, aRequest, MIN, S, T0 } from './records.ts';

const view = viewOf(1_000, 400, T0, 32 * MIN);

describe('the dots of the plane', () => {
  it('are painted by what became of them, hollow while the engine does not have them', () => {
    const late = aRecord(0, 0, { fate: 'late' });
    expect([lookOf(late), lookOf({ ...late, delivered: null }), lookOf({ ...late, fate: null })]).toEqual(['late', 'pending', 'pending']);
  });

  it('are sorted by look and shape; what is out of view is left out, and one that is named', () => {
    const records = [aRequest(0, 5 * MIN), aRecord(1, 4 * MIN), aRecord(2, 40 * MIN), aRecord(3, 3 * MIN, { fate: 'late' }), aRecord(4, 2 * MIN)];
    const { batches } = batcher()(records, view, 4);
    expect(batches.folded.circle).toEqual([xAt(view, T0 - 5 * MIN + S), yAt(view, T0 - 5 * MIN)]);
    expect(batches.folded.diamond).toEqual([xAt(view, T0 - 4 * MIN + S), yAt(view, T0 - 4 * MIN)]);
    expect(batches.late.diamond).toHaveLength(2);
  });

  it('keep the same lists from frame to frame, emptied', () => {
    const batch = batcher();
    const { batches } = batch([aRecord(0, MIN)], view);
    const dots = batches.folded.diamond;
    expect(dots).toHaveLength(2);
    expect(batch([], view).batches.folded.diamond).toBe(dots);
    expect(dots).toEqual([]);
    expect(batch([aRecord(0, MIN)], view).batches.folded.diamond).toHaveLength(2);
  });

  it('are one where nobody could tell them apart, but not where they look different', () => {
    const { batches } = batcher()([aRecord(0, MIN), aRecord(1, MIN), aRecord(2, MIN, { fate: 'late' }), aRequest(3, MIN)], view);
    expect([batches.folded.diamond.length, batches.late.diamond.length, batches.folded.circle.length]).toEqual([2, 2, 2]);
  });

  it('show the way from the log to the engine where it is long enough to be seen', () => {
    const waited = aRecord(0, 6 * MIN, { appended: T0 - 5 * MIN, delivered: T0 - MIN });
    expect(batcher()([waited, aRecord(1, 2 * MIN)], view).waits).toEqual([xAt(view, T0 - 5 * MIN), yAt(view, T0 - 6 * MIN), xAt(view, T0 - MIN)]);
  });
});

describe('the dot at a point', () => {
  const records = [aRecord(0, 10 * MIN), aRecord(1, 5 * MIN), aRecord(2, 5 * MIN), aRecord(3, 90 * MIN)];
  const at = (agoMs: number, dx = 0, dy = 0, reach = 8) =>
    dotAt(records, view, xAt(view, T0 - agoMs + S) + dx, yAt(view, T0 - agoMs) + dy, reach)?.offset;

  it('is the nearest within reach, and of two in one place the one on top', () => {
    expect([at(10 * MIN, 4, -3), at(5 * MIN, 2), at(10 * MIN, 8), at(10 * MIN, 8.1), at(10 * MIN, 6, 6)]).toEqual([0, 2, 0, undefined, undefined]);
  });

  it('is none that is out of view', () => {
    expect(at(90 * MIN)).toBeUndefined();
  });
});
