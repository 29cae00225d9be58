import { element, setData, setPx, setText } from '../element.ts';
import { clockTime } from '../moments.ts';
import { type Scale, xOf } from '../scale.ts';
import { RIVAL_ROW_PX, type RivalBar } from './rival-bars.ts';
import { verdictWords } from './words.ts';

/** A bar of which less is in sight says what is told, but not who tells it, px. */
const WHO_LEAST_PX = 180;

export interface RivalBarElement {
  readonly root: HTMLElement;
  /** Lays it out. */
  place(placed: RivalBar, now: number): void;
  /** Goes on with what is not told, and keeps the verdict in sight, for tracks shifted by `shift` px. */
  fill(scale: Scale, now: number, shift: number): void;
}

/** A window as Kafka Streams has it: its body between two cuts, the grace, and striped for as long as nothing is told. */
export function rivalBarOf(): RivalBarElement {
  const body = element('div', { class: 'rival-body' });
  const grace = element('div', { class: 'rival-grace' });
  const wait = element('div', { class: 'rival-wait' });
  const who = element('span', { class: 'rival-who' }, 'Kafka Streams ');
  const told = element('span');
  const verdict = element('span', { class: 'rival-verdict' }, who, told);
  const root = element('div', { class: 'rival-bar' }, body, grace, wait, verdict);
  let drawn: RivalBar | undefined;

  return {
    root,
    place(placed, now) {
      drawn = placed;
      const { window, row, left, body: width, grace: graceWidth } = placed;
      setPx(root, 'left', left);
      setPx(root, 'top', row * RIVAL_ROW_PX);
      setPx(body, 'width', Math.max(2, width - 1));
      setPx(grace, 'left', width);
      setPx(grace, 'width', graceWidth);
      setPx(wait, 'left', width + graceWidth);
      setData(root, 'told', toldOf(placed));
      root.title = `Kafka Streams: window [${clockTime(window.start)}, ${clockTime(window.end)}), ${verdictWords(window, now)}`;
      setText(told, verdictWords(window, now));
    },
    fill(scale, now, shift) {
      if (drawn === undefined) return;
      const { left, body: width, grace: graceWidth, toldX, window } = drawn;
      const closing = left + width + graceWidth;
      const waited = Math.max(0, (toldX ?? xOf(scale, now)) - closing);
      wait.hidden = waited < 2;
      setPx(wait, 'width', waited);
      setText(told, verdictWords(window, now));
      if (toldX === null) setData(root, 'told', now < window.closesAt ? 'open' : 'not');
      const hidden = Math.max(0, -(left + shift));
      setPx(verdict, 'left', hidden);
      who.hidden = width + graceWidth + waited - hidden < WHO_LEAST_PX;
    },
  };
}

function toldOf({ window }: RivalBar): string {
  if (window.toldAt === null) return 'open';
  if (window.cancelled) return 'cancelled';
  return window.requested && window.paid ? 'kept' : 'freed';
}
