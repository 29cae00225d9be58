import { byId } from '../element.ts';
import type { LabState } from '../lab/state.ts';
import { plane } from '../plane/plane.ts';
import { scoreboard } from '../rival/scoreboard.ts';
import type { Runner } from './runner.ts';

/** The plane and the comparison, drawn for each state. */
export function pictures(runs: Runner, calm: () => boolean): (state: LabState) => void {
  const time = plane(byId('plane', HTMLElement), {
    calm,
    onMove: (offset, appended) => void runs.session.lab.move(offset, appended),
    onSelect() {},
  });
  const score = scoreboard(byId('score', HTMLElement));
  return (state) => {
    time.update(state, state.now);
    score.update(state, state.now);
  };
}
