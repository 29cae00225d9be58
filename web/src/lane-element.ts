import { type Bar, barOf, ROW_PX } from './bar.ts';
import { element, setData, setPx, setText } from './element.ts';
import type { Lane } from './lanes.ts';
import type { Scale } from './scale.ts';
import type { Trade } from './trade.ts';

/** What stands in a lane beside its bars: marks on them, a row below them. All of it hangs on the track and moves with it. */
export interface LaneGuest {
  /** In the lane, on the track. */
  readonly root: HTMLElement;
  /** Height that it takes below the bars, px. */
  place(lane: Lane, scale: Scale, now: number): number;
  /** For tracks shifted by `shift` px. */
  move(scale: Scale, now: number, shift: number): void;
}

/** Makes what stands in each lane beside its bars. */
export type Guests = () => readonly LaneGuest[];

export interface LaneElement {
  readonly root: HTMLElement;
  draw(lane: Lane, scale: Scale, now: number, trade: Trade): void;
  move(scale: Scale, now: number, shift: number): void;
  /** The bars, from the earliest on. */
  bars(): readonly HTMLButtonElement[];
}

export function laneElement(key: string, guestsOf: Guests): LaneElement {
  const name = element('span', { class: 'lane-name', title: key }, key);
  const note = element('span', { class: 'lane-note' });
  const guests = guestsOf();
  const mover = element('div', { class: 'lane-mover' }, ...guests.map(({ root }) => root));
  const track = element('div', { class: 'lane-track' }, mover);
  const root = element('li', { class: 'lane' }, element('div', { class: 'lane-head' }, name, note), track);
  const bars = new Map<string, Bar>();

  return {
    root,
    draw(lane, scale, now, trade) {
      setData(root, 'own', String(lane.own));
      setText(note, lane.hidden > 0 ? `+${lane.hidden} more` : lane.own ? 'you' : '');
      const ids = new Set(lane.windows.map(({ id }) => id));
      for (const [id, bar] of bars) {
        if (ids.has(id)) continue;
        bar.root.remove();
        bars.delete(id);
      }
      for (const placed of lane.windows) {
        const bar = bars.get(placed.id) ?? barOf();
        if (!bars.has(placed.id)) mover.prepend(bar.root);
        bars.set(placed.id, bar);
        bar.place(placed, scale, now, trade);
      }
      const below = guests.reduce((sum, guest) => sum + guest.place(lane, scale, now), 0);
      setPx(track, 'height', lane.rows * ROW_PX + below);
    },
    move(scale, now, shift) {
      mover.style.setProperty('transform', `translateX(${shift}px)`);
      for (const bar of bars.values()) bar.fill(scale, now, shift);
      for (const guest of guests) guest.move(scale, now, shift);
    },
    bars: () => [...bars.values()].map(({ root: bar }) => bar),
  };
}
