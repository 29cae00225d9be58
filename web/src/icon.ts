import type { Phase } from './phase.ts';
import type { Tone } from './words.ts';

/** Strokes in a box of 12 by 12: a state shows by its shape, not by colour alone. */
const STROKES = {
  clock: 'M6 1.5 a4.5 4.5 0 1 0 .01 0 M6 3.6 V6 L7.8 7.4',
  tick: 'M2 6.5 L4.8 9.3 L10 3.2',
  cross: 'M2.6 2.6 L9.4 9.4 M9.4 2.6 L2.6 9.4',
  dash: 'M2 6 H10',
  dot: 'M6 4.6 a1.4 1.4 0 1 0 .01 0',
  pause: 'M4 2.4 V9.6 M8 2.4 V9.6',
  bang: 'M6 2 V7 M6 9.6 V9.7',
} as const;

export type Stroke = keyof typeof STROKES;

const OF_PHASE: Readonly<Record<Phase, Stroke>> = {
  awaiting: 'clock',
  paid: 'tick',
  confirmed: 'tick',
  'timed-out': 'cross',
  cancelled: 'dash',
  other: 'dot',
};
const OF_TONE: Readonly<Record<Tone, Stroke>> = { good: 'tick', bad: 'cross', warning: 'bang', neutral: 'dash' };

export function strokeOf(phase: Phase, held: boolean): Stroke {
  return held ? 'pause' : OF_PHASE[phase];
}

export function strokeOfTone(tone: Tone): Stroke {
  return OF_TONE[tone];
}

const SVG = 'http://www.w3.org/2000/svg';

export function icon(stroke: Stroke): SVGSVGElement {
  const drawing = document.createElementNS(SVG, 'svg');
  drawing.setAttribute('class', 'icon');
  drawing.setAttribute('viewBox', '0 0 12 12');
  drawing.setAttribute('aria-hidden', 'true');
  drawing.append(document.createElementNS(SVG, 'path'));
  setIcon(drawing, stroke);
  return drawing;
}

export function setIcon(drawing: SVGSVGElement, stroke: Stroke): void {
  drawing.firstElementChild?.setAttribute('d', STROKES[stroke]);
}
