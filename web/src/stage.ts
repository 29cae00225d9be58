import type { LiveState } from '../../src/client.ts';
import { NEVER } from '../../src/core/window.ts';
import { type Axis, axisFor } from './axis.ts';
import { setText } from './element.ts';
import { laneList } from './lane-list.ts';
import { lanesOf } from './lanes.ts';
import { isWorn, type Scale, scaleOf, shiftOf } from './scale.ts';
import { timeAxis } from './time-axis.ts';
import { tradeOf } from './trade.ts';

const LANES_MOST = 60;

export interface StageElements {
  readonly list: HTMLElement;
  readonly marks: HTMLElement;
  readonly lines: HTMLElement;
  readonly more: HTMLElement;
  readonly empty: HTMLElement;
}

export interface Stage {
  /** Takes in a state: lanes, bars and scale. `now` is the server's clock. */
  update(state: LiveState, now: number, own: string): void;
  /** Moves time on; draws nothing where no pixel would change. */
  move(now: number): void;
}

/** The lanes on their moving time axis. */
export function stage(elements: StageElements, calm: () => boolean): Stage {
  const lanes = laneList(elements.list, calm);
  const axisView = timeAxis(elements.marks, elements.lines);
  let axis: Axis | undefined;
  let scale: Scale | undefined;
  let state: LiveState | undefined;
  let drawnShift: number | undefined;

  /** The instant that the axis hangs on: in a replay that is where the records are. */
  const handAt = (now: number): number => (state?.time === 'stream' ? (state.watermark ?? now) : now);

  const move = (now: number): void => {
    if (state === undefined || scale === undefined) return;
    const hand = handAt(now);
    const shift = shiftOf(scale, hand);
    if (shift === drawnShift) return;
    drawnShift = shift;
    lanes.move(scale, hand, shift);
    axisView.move(scale, { now, hand, watermark: state.time === 'clock' ? null : state.watermark });
  };

  return {
    update(given, now, own) {
      state = given;
      const shown = lanesOf(given, { now, own, most: LANES_MOST });
      const hand = handAt(now);
      const windows = shown.lanes.flatMap((lane) => lane.windows.map(({ window }) => window));
      const fitting = axisFor(
        windows.flatMap(({ start, closesAt }) => (closesAt === NEVER ? [] : [closesAt - start])),
        axis,
      );
      const width = elements.marks.clientWidth;
      if (width === 0) return;
      const outdated = scale === undefined || scale.width !== width || fitting !== axis || isWorn(scale, hand);
      axis = fitting;
      if (outdated || scale === undefined) scale = scaleOf(axis, width, hand);
      const trade = tradeOf(given.topology);
      lanes.update(shown.lanes, scale, hand, trade);
      elements.more.hidden = shown.more === 0;
      setText(elements.more, `and ${shown.more.toLocaleString('en')} more ${trade.party}${shown.more === 1 ? '' : 's'}`);
      elements.empty.hidden = given.time === null || shown.lanes.length > 0;
      drawnShift = undefined;
      move(now);
    },
    move,
  };
}
