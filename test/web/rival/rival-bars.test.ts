import { describe, expect, it } from 'vitest';
import type { LabState, RivalWindow } from '../../../web/src/lab/state.ts';
import { cutsOf, rivalBars } from '../../../web/src/rival/rival-bars.ts';
import { xOf } from '../../../web/src/scale.ts';
import { aLab, aRivalWindow, MIN, T0 } from '../plane/records.ts';

/** 30 min in sight, 20 of them before now. */
const scale = { origin: T0, pxPerMs: 900 / (30 * MIN), width: 900, handPx: 600 };

function theirs(...windows: readonly RivalWindow[]): LabState['rival'] {
  return new Map(windows.map(({ key }) => [key, windows.filter((one) => one.key === key)]));
}

describe('the bars of Kafka Streams in a lane', () => {
  it('stand from cut to cut, then the grace, on the track of the lane', () => {
    const { bars, rows } = rivalBars(aLab({ rival: theirs(aRivalWindow(0)) }), 'ada', scale, T0 + 5 * MIN);
    expect(bars).toEqual([{ id: JSON.stringify(['4', T0]), window: aRivalWindow(0), row: 0, left: 0, body: 450, grace: 30, toldX: null }]);
    expect(rows).toBe(1);
  });

  it('are those of the customer alone', () => {
    const lab = aLab({ rival: theirs(aRivalWindow(0, { key: 'bob' }), aRivalWindow(0)) });
    expect(rivalBars(lab, 'bob', scale, T0).bars.map(({ window }) => window.key)).toEqual(['bob']);
    expect(rivalBars(lab, 'eve', scale, T0)).toEqual({ bars: [], rows: 0 });
  });

  it('go on until they are told: one that nobody tells takes its row for as long', () => {
    const first = aRivalWindow(-15 * MIN);
    const second = aRivalWindow(0);
    const rowsAt = (given: typeof first) => rivalBars(aLab({ rival: theirs(given, second) }), 'ada', scale, T0 + 3 * MIN).bars.map(({ row }) => row);
    expect([rowsAt(first), rowsAt({ ...first, closesAt: first.end, toldAt: T0 })]).toEqual([
      [0, 1],
      [0, 0],
    ]);
    const told = rivalBars(aLab({ rival: theirs({ ...first, toldAt: T0 + MIN }) }), 'ada', scale, T0 + 3 * MIN);
    expect(told.bars[0]?.toldX).toBe(xOf(scale, T0 + MIN));
  });

  it('are left out when they are out of sight, but not one that still waits', () => {
    const old = aRivalWindow(-90 * MIN);
    const count = (given: typeof old) => rivalBars(aLab({ rival: theirs(given) }), 'ada', scale, T0).bars.length;
    expect([count(old), count({ ...old, toldAt: T0 - 60 * MIN }), count({ ...old, toldAt: T0 - 19 * MIN }), count(aRivalWindow(60 * MIN))]).toEqual([
      1, 0, 1, 0,
    ]);
  });

  it('take three rows at most', () => {
    const many = Array.from({ length: 6 }, (_, i) => aRivalWindow(0, { table: String(i) }));
    const { bars, rows } = rivalBars(aLab({ rival: theirs(...many) }), 'ada', scale, T0);
    expect([bars.map(({ row }) => row), rows]).toEqual([[0, 1, 2], 3]);
  });

  it('are cut at each multiple of the size since 1970', () => {
    const cuts = cutsOf(15 * MIN, scale, T0);
    expect(cuts).toEqual([-2, -1, 0, 1].map((i) => xOf(scale, T0 + i * 15 * MIN)));
    expect(cutsOf(15 * MIN, scale, T0 + MIN)).toEqual([-2, -1, 0, 1].map((i) => xOf(scale, T0 + i * 15 * MIN)));
  });
});
