import { clockTime, span } from '../moments.ts';
import { trace } from './ground.ts';
import { apart, stairs } from './lines.ts';
import type { Palette } from './palette.ts';
import type { Scene } from './scene.ts';
import { NARROW_PX, xAt, yAt } from './view.ts';
import { gapOf, gapToldMs } from './words.ts';

const LABEL_PX = 34;
const LABEL_GAP_PX = 10;
/** A gap lower than this has no bracket, px. */
const BRACKET_LEAST_PX = 26;

/** What lies over the ground and under the dots: both lines. */
export function paintLines(to: CanvasRenderingContext2D, { view, state, now }: Scene, { ours, theirs, ink }: Palette): void {
  to.save();
  to.beginPath();
  to.rect(view.left, view.top - 6, view.width - view.left, view.bottom - view.top + 6);
  to.clip();
  const nowX = Math.round(xAt(view, now));
  to.fillStyle = ink;
  to.fillRect(nowX - 1, view.top - 6, 2, view.bottom - view.top + 6);
  const line = (corners: readonly number[], colour: string, dash: readonly number[]): void => {
    if (corners.length === 0) return;
    to.beginPath();
    to.moveTo(corners[0] ?? 0, corners[1] ?? 0);
    trace(to, corners);
    to.strokeStyle = colour;
    to.lineWidth = 2.25;
    to.lineJoin = 'round';
    to.setLineDash([...dash]);
    to.stroke();
    to.setLineDash([]);
  };
  line(stairs(state.streamTimes, view, now), theirs, [7, 5]);
  line(stairs(state.watermarks, view, now), ours, []);
  to.restore();
}

/** The flag of now, the names of the lines at their ends, and how far apart they are. */
export function paintNames(to: CanvasRenderingContext2D, { view, state, now, moving }: Scene, colours: Palette): void {
  const nowX = xAt(view, now);
  const isNarrow = view.width < NARROW_PX;
  to.textBaseline = 'alphabetic';
  flag(to, 'now', Math.min(nowX, view.width - 40) - 1, 10, colours);
  const ends = [
    { steps: state.watermarks, colour: colours.ours, name: 'our watermark' },
    { steps: state.streamTimes, colour: colours.theirs, name: isNarrow ? 'Kafka Streams' : 'Kafka Streams’ own time' },
  ].flatMap(({ steps, colour, name }) => {
    const watermark = steps.at(-1)?.watermark;
    return watermark === undefined ? [] : [{ colour, name, watermark, y: Math.min(view.bottom, Math.max(view.top, yAt(view, watermark))) }];
  });
  ends.sort((a, b) => a.y - b.y);
  const places = apart(
    ends.map(({ y }) => y),
    LABEL_PX,
    view.top,
    view.bottom,
  );
  const x = Math.min(nowX, view.right) + LABEL_GAP_PX;
  const [upper, lower] = ends;
  const gap = gapOf(state);
  const hasBracket = gap >= gapToldMs(state.settings.windowMs) && upper !== undefined && lower !== undefined && lower.y - upper.y >= BRACKET_LEAST_PX;
  if (hasBracket) bracket(to, nowX - 14, upper.y, lower.y, span(gap), colours);
  // What is moved there must be seen.
  if (moving !== undefined) to.globalAlpha = 0.3;
  ends.forEach(({ colour, name, watermark, y: endY }, i) => {
    const y = places[i] ?? endY;
    to.textAlign = 'left';
    to.fillStyle = colour;
    to.fillRect(nowX - 1, endY - 1, 5, 2.5);
    to.font = `650 12px ${colours.font}`;
    to.fillText(name, x, y - 3);
    to.font = `12px ${colours.font}`;
    to.fillStyle = colours.quiet;
    const behind = now - watermark;
    to.fillText(
      isNarrow ? clockTime(watermark) : `${clockTime(watermark)}, ${behind < 1_500 ? 'with the clock' : `${span(behind)} behind`}`,
      x,
      y + 12,
    );
  });
  to.globalAlpha = 1;
}

function flag(to: CanvasRenderingContext2D, text: string, x: number, y: number, { ink, card, font }: Palette): void {
  to.font = `650 12px ${font}`;
  const width = to.measureText(text).width + 12;
  to.fillStyle = ink;
  to.beginPath();
  to.roundRect(x, y, width, 17, [0, 4, 4, 0]);
  to.fill();
  to.fillStyle = card;
  to.textAlign = 'left';
  to.fillText(text, x + 6, y + 13);
}

/** A measure between the ends of the lines, with what it measures left of it. */
function bracket(to: CanvasRenderingContext2D, x: number, top: number, bottom: number, text: string, { gap, ink, card, font }: Palette): void {
  to.strokeStyle = gap;
  to.lineWidth = 2;
  to.beginPath();
  to.moveTo(x - 4, top + 3);
  to.lineTo(x + 4, top + 3);
  to.moveTo(x, top + 3);
  to.lineTo(x, bottom - 3);
  to.moveTo(x - 4, bottom - 3);
  to.lineTo(x + 4, bottom - 3);
  to.stroke();
  to.font = `650 13px ${font}`;
  const width = to.measureText(text).width + 14;
  const middle = (top + bottom) / 2;
  to.fillStyle = card;
  to.strokeStyle = gap;
  to.lineWidth = 1;
  to.beginPath();
  to.roundRect(x - 9 - width, middle - 11, width, 22, 5);
  to.fill();
  to.stroke();
  to.fillStyle = ink;
  to.textAlign = 'center';
  to.fillText(text, x - 9 - width / 2, middle + 4.5);
}
