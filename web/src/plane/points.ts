import { type Batches, batchDots, DOT_PX, emptyBatches, LOOKS, type Look, lookOf, SHAPES, type Shape } from './dots.ts';
import type { Palette } from './palette.ts';
import type { Scene } from './scene.ts';
import { seenAt, xAt, yAt } from './view.ts';

/** Paints the records, as many strokes of the brush as there are looks. */
export function pointPainter(): (to: CanvasRenderingContext2D, scene: Scene, colours: Palette) => void {
  const batches: Batches = emptyBatches();
  const waits: number[] = [];
  return (to, scene, colours) => {
    const { view, state, moving, selected, shown } = scene;
    batchDots(state.records, view, batches, waits, moving?.record.offset);
    to.save();
    to.beginPath();
    to.rect(view.left, view.top - 8, view.width - view.left, view.bottom - view.top + 8);
    to.clip();
    paintWaits(to, waits, colours);
    for (const look of LOOKS) paintLook(to, batches, look, colours);
    for (const record of state.records)
      if (record.own && record !== moving?.record) ring(to, xAt(view, seenAt(record)), yAt(view, record.timestamp), 3, 1.5, colours.own);
    if (selected !== undefined && moving === undefined) ring(to, xAt(view, seenAt(selected)), yAt(view, selected.timestamp), 5, 2, colours.ink);
    if (shown !== undefined && moving === undefined)
      ring(to, xAt(view, seenAt(shown)), yAt(view, shown.timestamp), 5, 2, scene.focused ? colours.focus : colours.ink);
    paintMoving(to, scene, colours);
    to.restore();
  };
}

function paintWaits(to: CanvasRenderingContext2D, waits: readonly number[], { looks }: Palette): void {
  to.beginPath();
  for (let i = 0; i + 2 < waits.length; i += 3) {
    to.moveTo(waits[i] ?? 0, waits[i + 1] ?? 0);
    to.lineTo(waits[i + 2] ?? 0, waits[i + 1] ?? 0);
  }
  to.strokeStyle = looks.waiting;
  to.lineWidth = 1.5;
  to.stroke();
}

function paintLook(to: CanvasRenderingContext2D, batches: Batches, look: Look, { looks, card }: Palette): void {
  to.beginPath();
  let any = false;
  for (const [shape, dots] of Object.entries(batches[look]) as [Shape, number[]][]) {
    for (let i = 0; i + 1 < dots.length; i += 2) outline(to, shape, dots[i] ?? 0, dots[i + 1] ?? 0, DOT_PX);
    any ||= dots.length > 0;
  }
  if (!any) return;
  to.fillStyle = look === 'pending' ? card : looks[look];
  to.strokeStyle = look === 'pending' ? looks.pending : card;
  to.lineWidth = look === 'pending' ? 1.75 : 1;
  to.fill();
  to.stroke();
}

function outline(to: CanvasRenderingContext2D, shape: Shape, x: number, y: number, px: number): void {
  switch (shape) {
    case 'circle':
      to.moveTo(x + px, y);
      to.arc(x, y, px, 0, 2 * Math.PI);
      return;
    case 'diamond':
      corners(to, x, y - px * 1.3, x + px * 1.3, y, x, y + px * 1.3, x - px * 1.3, y);
      return;
    case 'triangle':
      corners(to, x - px * 1.2, y - px, x + px * 1.2, y - px, x, y + px * 1.2, x - px * 1.2, y - px);
  }
}

function corners(to: CanvasRenderingContext2D, x: number, y: number, ...rest: readonly number[]): void {
  to.moveTo(x, y);
  for (let i = 0; i + 1 < rest.length; i += 2) to.lineTo(rest[i] ?? 0, rest[i + 1] ?? 0);
  to.closePath();
}

function ring(to: CanvasRenderingContext2D, x: number, y: number, gap: number, width: number, colour: string): void {
  to.beginPath();
  to.arc(x, y, DOT_PX + gap, 0, 2 * Math.PI);
  to.strokeStyle = colour;
  to.lineWidth = width;
  to.stroke();
}

/** The old place as a ghost, the way from there, and the dot where it would be. */
function paintMoving(to: CanvasRenderingContext2D, { view, moving }: Scene, colours: Palette): void {
  if (moving === undefined) return;
  const { record, appended } = moving;
  const y = yAt(view, record.timestamp);
  const was = xAt(view, seenAt(record));
  const x = xAt(view, appended);
  to.strokeStyle = colours.ink;
  to.lineWidth = 1;
  to.setLineDash([2, 3]);
  to.beginPath();
  outline(to, SHAPES[record.type], was, y, DOT_PX);
  to.moveTo(was, y);
  to.lineTo(x, y);
  to.moveTo(x, view.top);
  to.lineTo(x, view.bottom);
  to.stroke();
  to.setLineDash([]);
  to.beginPath();
  outline(to, SHAPES[record.type], x, y, DOT_PX * 1.5);
  to.fillStyle = colours.looks[lookOf(record)];
  to.fill();
  to.strokeStyle = colours.card;
  to.lineWidth = 1.5;
  to.stroke();
}
