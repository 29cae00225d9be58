import { byId } from '../element.ts';
import type { LabState } from '../lab/state.ts';
import { plane } from '../plane/plane.ts';
import { scoreboard } from '../rival/scoreboard.ts';
import type { Runner } from './runner.ts';

/** With more records than this they are drawn not with every frame but this often, ms: there is no more to be seen of each. */
const MANY_RECORDS = 600;
const MANY_EVERY_MS = 100;

/** The plane and the comparison, drawn for each state. `busy`: much else is drawn in this frame; of many records they are rather drawn in the next. */
export function pictures(runs: Runner, calm: () => boolean): (state: LabState, busy: boolean) => void {
  const time = plane(byId('plane', HTMLElement), {
    calm,
    onMove: (offset, appended) => void runs.session.lab.move(offset, appended),
    onSelect() {},
  });
  const score = scoreboard(byId('score', HTMLElement));
  let drawnAt = 0;
  return (state, busy) => {
    const now = performance.now();
    if (state.records.length > MANY_RECORDS && now - drawnAt < (busy ? 2 : 1) * MANY_EVERY_MS) return;
    drawnAt = now;
    time.update(state, state.now);
    score.update(state, state.now);
  };
}
