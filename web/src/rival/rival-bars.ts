import type { LabState, RivalWindow } from '../lab/state.ts';
import { type Scale, xOf } from '../scale.ts';

/** Height of a row of theirs, px; the style sheet says the same. */
export const RIVAL_ROW_PX = 20;
const ROWS_MOST = 3;

/** A window of theirs on a lane's track. Lengths in px from the track's origin. */
export interface RivalBar {
  readonly id: string;
  readonly window: RivalWindow;
  readonly row: number;
  readonly left: number;
  /** Width up to its end, and of the grace past it. */
  readonly body: number;
  readonly grace: number;
  /** Where it was told; `null` while it is not. */
  readonly toldX: number | null;
}

export interface RivalBars {
  readonly bars: readonly RivalBar[];
  readonly rows: number;
}

/**
 * A customer's windows under Kafka Streams that are in sight at `now`, below each other where they overlap; those there is no row for are left out. One whose time is
 * up goes on until it is told.
 */
export function rivalBars({ rival, settings }: Pick<LabState, 'rival' | 'settings'>, key: string, scale: Scale, now: number): RivalBars {
  const from = now - (scale.handPx + settings.windowMs * 0.1 * scale.pxPerMs) / scale.pxPerMs;
  const to = from + (scale.width * 1.2) / scale.pxPerMs;
  const freeFrom: number[] = [];
  const bars: RivalBar[] = [];
  for (const window of rival.get(key) ?? []) {
    const until = Math.max(window.closesAt, window.toldAt ?? now);
    if (until < from || window.start > to) continue;
    const free = freeFrom.findIndex((at) => at <= window.start);
    const row = free === -1 ? freeFrom.length : free;
    if (row >= ROWS_MOST) continue;
    freeFrom[row] = until;
    const left = xOf(scale, window.start);
    const end = xOf(scale, window.end);
    bars.push({
      id: JSON.stringify([window.table, window.start]),
      window,
      row,
      left,
      body: end - left,
      grace: xOf(scale, window.closesAt) - end,
      toldX: window.toldAt === null ? null : xOf(scale, window.toldAt),
    });
  }
  return { bars, rows: freeFrom.length };
}

/** Where Kafka Streams cuts, near what is in sight: each multiple of the window's size since 1970, px from the track's origin. */
export function cutsOf(windowMs: number, scale: Scale, now: number): readonly number[] {
  const first = Math.floor((now - scale.handPx / scale.pxPerMs) / windowMs);
  const count = Math.min(200, Math.ceil(scale.width / scale.pxPerMs / windowMs) + 2);
  return Array.from({ length: count }, (_, i) => xOf(scale, (first + i) * windowMs));
}
