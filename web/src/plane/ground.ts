import { ticks } from '../axis.ts';
import { clockTime } from '../moments.ts';
import { windowOf } from './drag.ts';
import { reachedAt, stairs } from './lines.ts';
import type { Palette } from './palette.ts';
import type { Scene } from './scene.ts';
import { NARROW_PX, type PlaneView, pxPerMs, seenAt, xAt, yAt } from './view.ts';

const MINUTE_MS = 60_000;
const X_MARK_LEAST_PX = 76;
const Y_MARK_LEAST_PX = 34;
/** A band lower than this has no name, px. */
const NAME_LEAST_PX = 40;

/** What lies under the dots: the grid and its times, what is too late, the ideal diagonal, and the window of the record that is looked at. */
export function paintGround(to: CanvasRenderingContext2D, scene: Scene, colours: Palette): void {
  const { view } = scene;
  to.save();
  to.beginPath();
  to.rect(view.left, view.top - 6, view.width - view.left, view.bottom - view.top + 6);
  to.clip();
  paintTooLate(to, scene, colours);
  paintGrid(to, view, colours);
  paintDiagonal(to, view, colours);
  paintTooLateName(to, scene, colours);
  paintWindow(to, scene, colours);
  to.restore();
  paintTimes(to, view, colours);
}

function paintTooLate(to: CanvasRenderingContext2D, { view, state, now }: Scene, { tooLate }: Palette): void {
  const corners = stairs(state.watermarks, view, now, state.settings.graceMs);
  const [firstX] = corners;
  const lastX = corners.at(-2);
  if (firstX === undefined || lastX === undefined) return;
  to.beginPath();
  to.moveTo(firstX, view.bottom);
  trace(to, corners);
  to.lineTo(lastX, view.bottom);
  to.fillStyle = tooLate;
  to.fill();
}

function paintTooLateName(to: CanvasRenderingContext2D, { view, state, now }: Scene, { looks, font }: Palette): void {
  const from = state.watermarks.at(-1)?.watermark;
  if (from === undefined || view.bottom - yAt(view, from - state.settings.graceMs) < NAME_LEAST_PX) return;
  to.font = `12px ${font}`;
  to.fillStyle = looks.late;
  to.textAlign = 'right';
  to.fillText(view.width < NARROW_PX ? 'too late' : 'too late, once its window has closed', xAt(view, now) - 12, view.bottom - 10);
}

/** Goes on along corners, x and y by turns. */
export function trace(to: CanvasRenderingContext2D, corners: readonly number[]): void {
  for (let i = 0; i + 1 < corners.length; i += 2) to.lineTo(corners[i] ?? 0, corners[i + 1] ?? 0);
}

function marksOf(view: PlaneView): { readonly x: readonly number[]; readonly y: readonly number[] } {
  const from = view.to - view.spanMs;
  const zoneMs = -new Date(view.to).getTimezoneOffset() * MINUTE_MS;
  const yPxPerMs = (view.bottom - view.top) / view.spanMs;
  return {
    x: ticks(from, view.to, pxPerMs(view), X_MARK_LEAST_PX, zoneMs).at,
    y: ticks(from, view.to, yPxPerMs, Y_MARK_LEAST_PX, zoneMs).at,
  };
}

function paintGrid(to: CanvasRenderingContext2D, view: PlaneView, { line }: Palette): void {
  const marks = marksOf(view);
  to.beginPath();
  for (const at of marks.x) {
    const x = Math.round(xAt(view, at)) + 0.5;
    to.moveTo(x, view.top);
    to.lineTo(x, view.bottom);
  }
  for (const at of marks.y) {
    const y = Math.round(yAt(view, at)) + 0.5;
    to.moveTo(view.left, y);
    to.lineTo(view.right, y);
  }
  to.strokeStyle = line;
  to.lineWidth = 1;
  to.stroke();
}

function paintDiagonal(to: CanvasRenderingContext2D, view: PlaneView, { quiet }: Palette): void {
  to.beginPath();
  to.moveTo(view.left, view.bottom);
  to.lineTo(view.right, view.top);
  to.setLineDash([1, 4]);
  to.lineCap = 'round';
  to.strokeStyle = quiet;
  to.lineWidth = 1.5;
  to.stroke();
  to.setLineDash([]);
  to.lineCap = 'butt';
}

/** The window as a box: as high as it is long, from its request until the watermark reached its closing; the grace as a lid. */
function paintWindow(to: CanvasRenderingContext2D, { view, state, now, shown, moving }: Scene, { window }: Palette): void {
  const record = moving?.record ?? shown;
  const reserved = record === undefined ? undefined : windowOf(record, state);
  if (reserved === undefined) return;
  const { request, end, closesAt } = reserved;
  const left = xAt(view, seenAt(request));
  const right = xAt(view, Math.max(seenAt(request), reachedAt(state.watermarks, closesAt) ?? now));
  const top = yAt(view, end);
  to.globalAlpha = 0.13;
  to.fillStyle = window;
  to.fillRect(left, top, right - left, yAt(view, request.timestamp) - top);
  to.globalAlpha = 0.8;
  to.strokeStyle = window;
  to.lineWidth = 1;
  to.strokeRect(Math.round(left) + 0.5, Math.round(top) + 0.5, Math.round(right - left), Math.round(yAt(view, request.timestamp) - top));
  to.setLineDash([3, 3]);
  const lid = yAt(view, closesAt);
  to.strokeRect(Math.round(left) + 0.5, Math.round(lid) + 0.5, Math.round(right - left), Math.round(top - lid));
  to.setLineDash([]);
  to.globalAlpha = 1;
}

function paintTimes(to: CanvasRenderingContext2D, view: PlaneView, { quiet, ink, font }: Palette): void {
  const marks = marksOf(view);
  const precision = view.spanMs < 4 * MINUTE_MS ? 'second' : 'minute';
  const isNarrow = view.width < NARROW_PX;
  to.font = `12px ${font}`;
  to.fillStyle = quiet;
  to.textAlign = 'center';
  to.textBaseline = 'alphabetic';
  const edge = precision === 'second' ? 30 : 20;
  const title = isNarrow ? 'when it came →' : 'when it came: processing time →';
  to.font = `650 12px ${font}`;
  const titleWidth = to.measureText(title).width;
  to.fillStyle = ink;
  to.textAlign = 'right';
  to.fillText(title, view.width - 12, view.bottom + 18);
  to.textAlign = 'left';
  to.fillText(isNarrow ? '↑ when it happened' : '↑ when it happened: event time', 12, 18);
  to.font = `12px ${font}`;
  to.fillStyle = quiet;
  to.textAlign = 'center';
  for (const at of marks.x) {
    const x = xAt(view, at);
    if (x > view.left + edge && x < view.width - 24 - titleWidth - edge) to.fillText(clockTime(at, precision), x, view.bottom + 18);
  }
  to.textAlign = 'right';
  for (const at of marks.y) {
    const y = yAt(view, at);
    if (y > view.top + 4 && y < view.bottom - 2) to.fillText(clockTime(at, precision), view.left - 7, y + 4);
  }
}
