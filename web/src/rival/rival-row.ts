import { element, setPx } from '../element.ts';
import type { LabState } from '../lab/state.ts';
import type { Scale } from '../scale.ts';
import { type RivalBarElement, rivalBarOf } from './rival-bar.ts';
import { cutsOf, RIVAL_ROW_PX, rivalBars } from './rival-bars.ts';
import { verdictWords } from './words.ts';

/** Room above the row, px. */
const GAP_PX = 2;

/** Where the row hangs: a lane that takes so many rows of ours above it. */
export interface RivalLane {
  readonly key: string;
  /** Height of what is above it, px. */
  readonly above: number;
}

export interface RivalRow {
  readonly root: HTMLElement;
  /** Lays out a customer's row below its bars; says how high it is, px: 0 where there is nothing of theirs. */
  place(state: Pick<LabState, 'rival' | 'settings'>, lane: RivalLane, scale: Scale, now: number): number;
  /** For tracks shifted by `shift` px. */
  move(scale: Scale, now: number, shift: number): void;
}

/** A thin row below a lane's bars: what Kafka Streams makes of the same customer. It hangs on the lane's track and is shifted with it. */
export function rivalRow(): RivalRow {
  const root = element('div', { class: 'rival-row' });
  const cuts = element('div', { class: 'rival-cuts' });
  const spoken = element('span', { class: 'unseen' });
  root.append(cuts, spoken);
  const drawn = new Map<string, RivalBarElement>();

  return {
    root,
    place(state, { key, above }, scale, now) {
      const { bars, rows } = rivalBars(state, key, scale, now);
      const ids = new Set(bars.map(({ id }) => id));
      for (const [id, bar] of drawn) {
        if (ids.has(id)) continue;
        bar.root.remove();
        drawn.delete(id);
      }
      for (const placed of bars) {
        const bar = drawn.get(placed.id) ?? rivalBarOf();
        if (!drawn.has(placed.id)) root.append(bar.root);
        drawn.set(placed.id, bar);
        bar.place(placed, now);
      }
      root.hidden = bars.length === 0;
      setPx(root, 'top', above);
      setPx(root, 'height', rows * RIVAL_ROW_PX + GAP_PX);
      drawCuts(cuts, bars.length === 0 ? [] : cutsOf(state.settings.windowMs, scale, now));
      const told = bars.map(({ window }) => `Kafka Streams: ${verdictWords(window, now)}.`).join(' ');
      if (spoken.textContent !== told) spoken.textContent = told;
      return bars.length === 0 ? 0 : rows * RIVAL_ROW_PX + GAP_PX;
    },
    move(scale, now, shift) {
      for (const bar of drawn.values()) bar.fill(scale, now, shift);
    },
  };
}

function drawCuts(host: HTMLElement, at: readonly number[]): void {
  while (host.childElementCount > at.length) host.lastElementChild?.remove();
  while (host.childElementCount < at.length) host.append(element('div', { class: 'rival-cut' }));
  at.forEach((x, i) => {
    const cut = host.children[i];
    if (cut instanceof HTMLElement) setPx(cut, 'left', x);
  });
}
