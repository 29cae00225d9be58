import { ticks } from './axis.ts';
import { element, setData, setPx, setText } from './element.ts';
import { clockTime, span } from './moments.ts';
import { type Scale, shiftOf, xOf } from './scale.ts';

const MARK_LEAST_PX = 84;
/** From this width on, a watermark out of sight says how far it is: the header says it anyway. */
const FAR_LEAST_PX = 420;
const MINUTE_MS = 60_000;

/** The instants drawn as lines. `watermark` is `null` where there is none, and where it is `now` itself. */
export interface Lines {
  readonly now: number;
  readonly hand: number;
  readonly watermark: number | null;
}

export interface TimeAxis {
  move(scale: Scale, lines: Lines): void;
}

/** The marks of the time, the line of now, the line of the watermark and the zone between them, in which nothing is settled yet. */
export function timeAxis(marks: HTMLElement, lines: HTMLElement): TimeAxis {
  const nowFlag = element('span', { class: 'flag flag-now' }, 'now');
  const watermarkFlag = element('span', { class: 'flag flag-watermark' });
  const nowLine = element('div', { class: 'line line-now' });
  const watermarkLine = element('div', { class: 'line line-watermark' });
  const zone = element('div', { class: 'zone' });
  const grid = element('div', { class: 'grid' });
  lines.append(grid, zone, watermarkLine, nowLine);
  marks.append(watermarkFlag, nowFlag);
  const drawn = new Map<number, { mark: HTMLElement; line: HTMLElement }>();

  function drawMarks(scale: Scale, hand: number): void {
    const from = hand - scale.handPx / scale.pxPerMs;
    const { at, stepMs } = ticks(
      from,
      from + scale.width / scale.pxPerMs,
      scale.pxPerMs,
      MARK_LEAST_PX,
      -new Date(hand).getTimezoneOffset() * MINUTE_MS,
    );
    const wanted = new Set(at);
    for (const [instant, { mark, line }] of drawn) {
      if (wanted.has(instant)) continue;
      mark.remove();
      line.remove();
      drawn.delete(instant);
    }
    for (const instant of at) {
      const found = drawn.get(instant) ?? { mark: element('span', { class: 'mark' }), line: element('div', { class: 'grid-line' }) };
      if (!drawn.has(instant)) {
        marks.append(found.mark);
        grid.append(found.line);
        drawn.set(instant, found);
      }
      const px = xOf(scale, instant) + shiftOf(scale, hand);
      setText(found.mark, clockTime(instant, stepMs < MINUTE_MS ? 'second' : 'minute'));
      found.mark.hidden = px < MARK_LEAST_PX * 0.4 || px > scale.width - MARK_LEAST_PX * 0.4;
      setPx(found.mark, 'left', px);
      setPx(found.line, 'left', px);
    }
  }

  return {
    move(scale, { now, hand, watermark }) {
      drawMarks(scale, hand);
      const nowPx = xOf(scale, now) + shiftOf(scale, hand);
      const nowSeen = nowPx >= 0 && nowPx <= scale.width;
      nowLine.hidden = nowFlag.hidden = !nowSeen;
      setPx(nowLine, 'left', nowPx);
      setPx(nowFlag, 'left', nowPx);
      watermarkLine.hidden = watermarkFlag.hidden = watermark === null;
      zone.hidden = watermark === null || !nowSeen;
      if (watermark === null) return;
      const px = xOf(scale, watermark) + shiftOf(scale, hand);
      const seen = Math.max(0, Math.min(px, scale.width));
      watermarkLine.hidden = px < 0 || px > scale.width;
      setData(watermarkFlag, 'off', String(px < 0));
      setPx(watermarkLine, 'left', px);
      setPx(watermarkFlag, 'left', seen);
      setText(watermarkFlag, px < 0 && scale.width >= FAR_LEAST_PX ? `watermark ${span(now - watermark)} behind` : 'watermark');
      setPx(zone, 'left', seen);
      setPx(zone, 'width', Math.max(0, Math.min(nowPx, scale.width) - seen));
    },
  };
}
