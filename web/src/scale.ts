import type { Axis } from './axis.ts';

/**
 * From instants to whole pixels, for tracks that hang on a moving instant: everything on a track stays where it is, and the track is shifted. Whole
 * pixels keep text sharp, and nothing is drawn between two of them.
 */
export interface Scale {
  /** The instant at pixel 0 of an unshifted track. */
  readonly origin: number;
  readonly pxPerMs: number;
  /** Of the visible part, px. */
  readonly width: number;
  /** Where the moving instant stands in the visible part, px. */
  readonly handPx: number;
}

export function scaleOf(axis: Axis, width: number, hand: number): Scale {
  const pxPerMs = width / (axis.pastMs + axis.aheadMs);
  return { origin: hand, pxPerMs, width, handPx: Math.round(axis.pastMs * pxPerMs) };
}

/** Farther than this nothing is seen, and a window that never closes would have no end. */
const FARTHEST_PX = 200_000;

export function xOf(scale: Scale, at: number): number {
  return Math.max(-FARTHEST_PX, Math.min(FARTHEST_PX, Math.round((at - scale.origin) * scale.pxPerMs)));
}

/** How far the tracks are shifted, px, when the moving instant is at `hand`. */
export function shiftOf(scale: Scale, hand: number): number {
  return scale.handPx - xOf(scale, hand);
}

/** Whether the tracks have been shifted so far that they should be laid out anew: browsers draw far boxes inexactly. */
export function isWorn(scale: Scale, hand: number): boolean {
  return Math.abs(xOf(scale, hand)) > 50_000;
}
