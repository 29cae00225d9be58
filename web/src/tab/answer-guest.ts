import { element, setData, setPx, setText } from '../element.ts';
import { icon, setIcon } from '../icon.ts';
import type { Comparison, LabState } from '../lab/state.ts';
import type { LaneGuest } from '../lane-element.ts';
import { clockTime } from '../moments.ts';
import { tableName } from '../trades/reservation.ts';

const LEFT_PX = 4;
const STROKES = { kept: 'tick', freed: 'cross', cancelled: 'dash' } as const;

/** What both have told of a customer whose window is out of sight: in place of a bar, at the edge. */
export function answerGuest(lab: () => LabState | null): LaneGuest {
  const sign = icon('tick');
  const words = element('span');
  const other = element('span', { class: 'lane-answer-other' });
  const root = element('p', { class: 'lane-answer' }, sign, words, other);
  return {
    root,
    place(lane) {
      const told = lane.windows.length > 0 ? undefined : lab()?.comparisons.find((one) => one.key === lane.key && one.ours !== null);
      root.hidden = told?.ours == null;
      if (told?.ours != null) draw(told, told.ours);
      return 0;
    },
    move(_scale, _now, shift) {
      if (!root.hidden) setPx(root, 'left', LEFT_PX - shift);
    },
  };

  function draw({ table, theirs }: Comparison, { verdict, at }: NonNullable<Comparison['ours']>): void {
    setIcon(sign, STROKES[verdict]);
    setData(root, 'verdict', verdict);
    setText(words, `${tableName(table)} ${verdict} here at ${clockTime(at, 'minute')}`);
    setText(other, theirs === null ? '' : `${theirs.verdict} by Kafka Streams at ${clockTime(theirs.at, 'minute')}`);
  }
}
