import type { LabRecord } from '../lab/state.ts';

/** What the plane shows: processing time from left to right, event time from bottom to top, both up to an instant. Lengths in CSS px, y downwards. */
export interface PlaneView {
  /** The instant at the right and top edges of the plot. */
  readonly to: number;
  /** How far back both axes go, ms. */
  readonly spanMs: number;
  readonly width: number;
  readonly height: number;
  /** The plot inside. Right of it is room for what its lines are called. */
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** Below this width names are short and stand in less room, px. */
export const NARROW_PX = 620;

const MARGIN = { left: 64, top: 34, bottom: 26, right: 200 };
const NARROW_MARGIN = { left: 60, top: 34, bottom: 26, right: 112 };
/** So many times its window and grace does the plane show at zoom 0. */
const LENGTHS_SHOWN = 2;
export const ZOOM_MOST = 3;

export function viewOf(width: number, height: number, to: number, spanMs: number): PlaneView {
  const margin = width < NARROW_PX ? NARROW_MARGIN : MARGIN;
  return { to, spanMs, width, height, left: margin.left, right: width - margin.right, top: margin.top, bottom: height - margin.bottom };
}

/** How far back the axes go for windows of a length, grace included, ms. `zoom` from -`ZOOM_MOST` to `ZOOM_MOST`: one more halves it. */
export function spanFor(lengthMs: number, zoom: number): number {
  return (LENGTHS_SHOWN * Math.max(1_000, lengthMs)) / 2 ** Math.max(-ZOOM_MOST, Math.min(ZOOM_MOST, zoom));
}

export function pxPerMs({ left, right, spanMs }: PlaneView): number {
  return (right - left) / spanMs;
}

export function xAt(view: PlaneView, at: number): number {
  return view.right - (view.to - at) * pxPerMs(view);
}

export function yAt(view: PlaneView, at: number): number {
  return view.top + (view.to - at) * ((view.bottom - view.top) / view.spanMs);
}

/** The processing time at an x, in whole ms. */
export function instantAt(view: PlaneView, x: number): number {
  return Math.round(view.to - (view.right - x) / pxPerMs(view));
}

/** Where a record stands on the axis of processing time: where it was delivered, and until then where it stands in the log. */
export function seenAt(record: LabRecord): number {
  return record.delivered ?? record.appended;
}

/** Whether a dot at this place shows, in whole or in part, for dots of radius `px`. */
export function isInView({ left, width, top, bottom }: PlaneView, x: number, y: number, px: number): boolean {
  return x >= left - px && x <= width + px && y >= top - px && y <= bottom + px;
}
