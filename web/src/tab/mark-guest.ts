import { ROW_PX } from '../bar.ts';
import { element, setData, setPx } from '../element.ts';
import type { LaneGuest } from '../lane-element.ts';
import { xOf } from '../scale.ts';
import { type Mark, marksOf, type RecordsByKey } from './marks.ts';

interface Drawn {
  readonly dot: HTMLElement;
  readonly tail: HTMLElement;
}

/** The records of a lane on its bars. For the eye alone: the explanation of a window lists them in words. */
export function markGuest(records: () => RecordsByKey): LaneGuest {
  const root = element('div', { class: 'lane-marks', 'aria-hidden': 'true' });
  const drawn = new Map<number, Drawn>();

  function draw(mark: Mark, x: number, lateX: number | null): void {
    const found = drawn.get(mark.offset) ?? { dot: element('i', { class: 'dot' }), tail: element('i', { class: 'dot-tail' }) };
    if (!drawn.has(mark.offset)) {
      root.append(found.tail, found.dot);
      drawn.set(mark.offset, found);
    }
    setData(found.dot, 'kind', mark.kind);
    setData(found.dot, 'late', String(mark.lateUntil !== null));
    setData(found.dot, 'waiting', String(mark.waiting));
    setPx(found.dot, 'left', x);
    setPx(found.dot, 'top', mark.row * ROW_PX);
    found.tail.hidden = lateX === null;
    setPx(found.tail, 'left', x);
    setPx(found.tail, 'top', mark.row * ROW_PX);
    setPx(found.tail, 'width', Math.max(0, (lateX ?? x) - x));
  }

  return {
    root,
    place(lane, scale) {
      const marks = marksOf(lane, records().get(lane.key) ?? []);
      const offsets = new Set(marks.map(({ offset }) => offset));
      for (const [offset, { dot, tail }] of drawn) {
        if (offsets.has(offset)) continue;
        dot.remove();
        tail.remove();
        drawn.delete(offset);
      }
      for (const mark of marks) draw(mark, xOf(scale, mark.at), mark.lateUntil === null ? null : xOf(scale, mark.lateUntil));
      return 0;
    },
    move() {},
  };
}
