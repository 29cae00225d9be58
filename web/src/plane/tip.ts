import { element, setPx, setText } from '../element.ts';
import type { LabState } from '../lab/state.ts';
import { clockTime } from '../moments.ts';
import { standingAt } from './drag.ts';
import { isAhead, type Scene } from './scene.ts';
import { seenAt, xAt, yAt } from './view.ts';
import { delayOf, moveWords, nameOf, oursOf, theirsOf } from './words.ts';

const GAP_PX = 14;
const EDGE_PX = 6;

/** What is told of a record that is looked at, or moved: a name and lines. `undefined`: none is. */
export function tipOf({
  shown,
  moving,
  state,
}: Pick<Scene, 'shown' | 'moving'> & { readonly state: LabState }): readonly [string, ...string[]] | undefined {
  if (moving !== undefined) {
    const { record, appended } = moving;
    return [`${nameOf(record)}: ${clockTime(appended)}`, moveWords(record, appended, standingAt(record, appended, state))];
  }
  if (shown === undefined) return undefined;
  const waited = shown.delivered !== null && shown.delivered - shown.appended >= 1_000 ? `, delivered ${clockTime(shown.delivered)}` : '';
  return [
    nameOf(shown),
    `Happened ${clockTime(shown.timestamp)}, ${isAhead(shown, state.now) ? 'to stand in the log' : 'in the log'} ${delayOf(shown, shown.appended)}${waited}`,
    `Here: ${oursOf(shown)}`,
    `Kafka Streams: ${theirsOf(shown)}`,
  ];
}

/** A small box beside the dot; it catches no pointer. */
export function tipBox(): { readonly root: HTMLElement; place(scene: Scene): void } {
  const title = element('b');
  const lines = [element('span'), element('span'), element('span')];
  const root = element('div', { class: 'plane-tip', 'aria-hidden': 'true' }, title, ...lines);
  root.hidden = true;
  return {
    root,
    place(scene) {
      const told = tipOf(scene);
      root.hidden = told === undefined;
      if (told === undefined) return;
      const [name, ...facts] = told;
      setText(title, name);
      lines.forEach((line, i) => {
        setText(line, facts[i] ?? '');
        line.hidden = facts[i] === undefined;
      });
      const { view, shown, moving } = scene;
      const record = moving?.record ?? shown;
      if (record === undefined) return;
      const x = xAt(view, moving?.appended ?? seenAt(record));
      const y = yAt(view, record.timestamp);
      const { offsetWidth: width, offsetHeight: height } = root;
      setPx(root, 'left', Math.round(Math.max(EDGE_PX, Math.min(x - width / 2, view.width - width - EDGE_PX))));
      setPx(root, 'top', Math.round(y - height - GAP_PX < 0 ? y + GAP_PX : y - height - GAP_PX));
    },
  };
}
