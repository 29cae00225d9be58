import { describe, expect, it } from 'vitest';
import { alongWords, countAlong } from '../../../web/src/graph/counts.ts';
import { layout, NODES, wrap } from '../../../web/src/graph/layout.ts';
import { COUNTS } from '../frames.ts';

describe('the graph of a topology', () => {
  for (const width of [320, 350, 759, 760, 960, 1_400]) {
    it(`fits into ${width} px: no box leaves it, and no two touch`, () => {
      const { boxes, height } = layout(width);
      for (const name of NODES) {
        const box = boxes[name];
        expect(box.width).toBeGreaterThan(60);
        expect([box.x >= 0, box.y >= 0, box.x + box.width <= width, box.y + box.height <= height]).not.toContain(false);
        for (const other of NODES) {
          if (other === name) continue;
          const { x, y, width: wide, height: high } = boxes[other];
          const isApart = x >= box.x + box.width || x + wide <= box.x || y >= box.y + box.height || y + high <= box.y;
          expect(isApart, `${name} and ${other}`).toBe(true);
        }
      }
    });
  }

  it('goes across where there is room, and down where there is not; each edge leaves a box and ends before the next', () => {
    const isDown = (width: number): boolean => layout(width).boxes.key.y > layout(width).boxes.source.y;
    expect([isDown(959), isDown(960)]).toEqual([true, false]);
    for (const width of [400, 1_000]) {
      for (const { line, to } of layout(width).edges) {
        const [x1, y1, x2, y2] = line;
        const box = layout(width).boxes[to];
        expect(x2 > x1 || y2 > y1).toBe(true);
        expect(x2 <= box.x + box.width && y2 <= box.y + box.height).toBe(true);
      }
    }
  });

  it('counts along its edges: what came in is what was folded, waits, is late, was rejected or known', () => {
    const counts = { ...COUNTS, folded: 5, waiting: 4, late: 3, rejected: 2, duplicate: 1, outcomes: 6 };
    const along = Object.fromEntries(layout(1_000).edges.map((edge) => [edge.to, countAlong(edge, counts)]));
    expect(along).toEqual({ key: 15, windows: 12, reducer: 5, results: 6, rejected: 2, late: 3 });
    expect(layout(1_000).edges.map((edge) => countAlong(edge, null))).toEqual([null, null, null, null, null, null]);
  });

  it('says the same in words', () => {
    expect([alongWords({ from: 'windows', to: 'late' }, 1_234), alongWords({ from: 'windows', to: 'late' }, null)]).toEqual([
      'From windows to late: 1,234.',
      'From windows to late: none yet.',
    ]);
  });

  it('breaks texts between words, and says where one goes on', () => {
    expect(wrap('windows of 15m from the event on, grace 1m', 24, 3)).toEqual(['windows of 15m from the', 'event on, grace 1m']);
    expect(wrap('windows of 15m from the event on', 12, 2)).toEqual(['windows of', '15m from the…']);
    expect(wrap('closeWhen(state)', 4, 1)).toEqual(['closeWhen(state)']);
  });
});
