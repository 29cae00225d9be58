import type { LaneElement } from './lane-element.ts';

export interface LaneKeys {
  /** The key of the lane that the focus is in; `null` where it is elsewhere. */
  focused(): string | null;
  /** Lets one of the bars that are drawn now be reached by Tab: where the focus was last, else the first. */
  settle(): void;
}

/** The bars as one stop for Tab: arrows go to the lane above and below, and to the bars within a lane; Home and End to the first and the last lane. */
export function laneKeys(
  list: HTMLElement,
  { count, show }: { readonly count: () => number; readonly show: (index: number) => LaneElement | undefined },
): LaneKeys {
  let stop: HTMLButtonElement | null = null;

  const setStop = (bar: HTMLButtonElement | null): void => {
    if (stop === bar) return;
    if (stop !== null) stop.tabIndex = -1;
    stop = bar;
    if (bar !== null) bar.tabIndex = 0;
  };
  /** The first lane with a bar from `index` on, going by `step`. */
  const goTo = (index: number, step: 1 | -1): void => {
    for (let at = index; at >= 0 && at < count(); at += step) {
      const bar = show(at)?.bars()[0];
      if (bar === undefined) continue;
      bar.focus({ preventScroll: true });
      return;
    }
  };

  list.addEventListener('focusin', ({ target }) => {
    if (target instanceof HTMLButtonElement && target.matches('.bar')) setStop(target);
  });
  list.addEventListener('keydown', (event) => {
    const { target, key } = event;
    const lane = target instanceof HTMLElement ? target.closest<HTMLElement>('.lane') : null;
    if (lane === null || event.ctrlKey || event.metaKey || event.altKey) return;
    const index = Number(lane.getAttribute('aria-posinset')) - 1;
    if (key === 'ArrowDown') goTo(index + 1, 1);
    else if (key === 'ArrowUp') goTo(index - 1, -1);
    else if (key === 'Home') goTo(0, 1);
    else if (key === 'End') goTo(count() - 1, -1);
    else if (key === 'ArrowLeft' || key === 'ArrowRight') {
      const bars = [...lane.querySelectorAll<HTMLButtonElement>('.bar')].sort((a, b) => a.offsetLeft - b.offsetLeft);
      bars[bars.indexOf(target as HTMLButtonElement) + (key === 'ArrowRight' ? 1 : -1)]?.focus({ preventScroll: true });
    } else return;
    event.preventDefault();
  });

  return {
    focused: () => {
      const lane = stop !== null && stop === document.activeElement ? stop.closest('.lane') : null;
      return lane?.querySelector('.lane-name')?.getAttribute('title') ?? null;
    },
    settle() {
      if (stop?.isConnected !== true) setStop(list.querySelector<HTMLButtonElement>('.bar'));
    },
  };
}
