import { type Bar, barOf, describe, ROW_PX } from './bar.ts';
import { element, setData, setPx, setText } from './element.ts';
import type { Lane } from './lanes.ts';
import type { Scale } from './scale.ts';
import type { Trade } from './trade.ts';

interface LaneElement {
  readonly root: HTMLElement;
  readonly name: HTMLElement;
  readonly note: HTMLElement;
  readonly spoken: HTMLElement;
  readonly track: HTMLElement;
  readonly mover: HTMLElement;
  readonly bars: Map<string, Bar>;
}

export interface LaneList {
  /** Makes the list show these lanes, in this order. */
  update(lanes: readonly Lane[], scale: Scale, now: number, trade: Trade): void;
  /** Moves the tracks and fills the bars. */
  move(scale: Scale, now: number, shift: number): void;
}

const MOVE_MS = 240;

/** @param calm true where the reader wants no motion. */
export function laneList(list: HTMLElement, calm: () => boolean): LaneList {
  const drawn = new Map<string, LaneElement>();
  let drawnOrder = '';

  return {
    update(lanes, scale, now, trade) {
      const order = JSON.stringify(lanes.map(({ key, rows }) => [key, rows]));
      // Asking for a place makes the browser lay out the page: only where a lane can have moved.
      const still = calm() || order === drawnOrder;
      const before = new Map(still ? [] : [...drawn.values()].map((lane) => [lane, lane.root.offsetTop]));
      drawnOrder = order;
      const keys = new Set(lanes.map((lane) => lane.key));
      for (const [key, lane] of drawn) {
        if (keys.has(key)) continue;
        lane.root.remove();
        drawn.delete(key);
      }
      lanes.forEach((lane, i) => {
        const found = drawn.get(lane.key) ?? newLane(lane.key);
        drawn.set(lane.key, found);
        draw(found, lane, scale, now, trade);
        if (list.children[i] !== found.root) list.insertBefore(found.root, list.children[i] ?? null);
      });
      for (const [lane, top] of before) {
        const by = lane.root.isConnected ? top - lane.root.offsetTop : 0;
        if (by !== 0) lane.root.animate([{ transform: `translateY(${by}px)` }, { transform: 'none' }], { duration: MOVE_MS, easing: 'ease-out' });
      }
    },
    move(scale, now, shift) {
      for (const lane of drawn.values()) {
        lane.mover.style.setProperty('transform', `translateX(${shift}px)`);
        for (const bar of lane.bars.values()) bar.fill(scale, now, shift);
      }
    },
  };
}

function newLane(key: string): LaneElement {
  const name = element('span', { class: 'lane-name', title: key }, key);
  const note = element('span', { class: 'lane-note' });
  const spoken = element('span', { class: 'unseen' });
  const mover = element('div', { class: 'lane-mover' });
  const track = element('div', { class: 'lane-track' }, mover);
  const root = element('li', { class: 'lane' }, element('div', { class: 'lane-head' }, name, note, spoken), track);
  return { root, name, note, spoken, track, mover, bars: new Map() };
}

function draw(drawn: LaneElement, lane: Lane, scale: Scale, now: number, trade: Trade): void {
  setData(drawn.root, 'own', String(lane.own));
  setText(drawn.note, lane.hidden > 0 ? `+${lane.hidden} more` : lane.own ? 'you' : '');
  setPx(drawn.track, 'height', lane.rows * ROW_PX);
  let changed = drawn.bars.size !== lane.windows.length;
  const ids = new Set(lane.windows.map(({ id }) => id));
  for (const [id, bar] of drawn.bars) {
    if (ids.has(id)) continue;
    bar.root.remove();
    drawn.bars.delete(id);
  }
  for (const placed of lane.windows) {
    const bar = drawn.bars.get(placed.id) ?? barOf();
    if (!drawn.bars.has(placed.id)) drawn.mover.append(bar.root);
    drawn.bars.set(placed.id, bar);
    changed = bar.place(placed, scale, now, trade) || changed;
  }
  if (changed) setText(drawn.spoken, lane.windows.map(({ window }) => describe(window, now, trade)).join(' '));
}
