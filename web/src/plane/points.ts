import { type Batches, batcher, DOT_PX, LOOKS, type Look, lookOf, SHAPES, type Shape } from './dots.ts';
import type { Palette } from './palette.ts';
import { isAhead, type Scene } from './scene.ts';
import { outline } from './shapes.ts';
import { type Stamps, stampsOf } from './stamps.ts';
import { isInView, seenAt, xAt, yAt } from './view.ts';

/** Paints the records, look by look: what is late lies on top. */
export function pointPainter(): (to: CanvasRenderingContext2D, scene: Scene, colours: Palette) => void {
  const batch = batcher();
  let made: { readonly stamps: Stamps; readonly colours: Palette; readonly ratio: number } | undefined;
  return (to, scene, colours) => {
    const ratio = devicePixelRatio;
    if (made?.colours !== colours || made.ratio !== ratio) made = { stamps: stampsOf(colours, ratio), colours, ratio };
    const { stamps } = made;
    const { view, state, moving, selected, shown } = scene;
    const { batches, waits } = batch(state.records, view, moving?.record.offset);
    to.save();
    to.beginPath();
    to.rect(view.left, view.top - 8, view.width - view.left, view.bottom - view.top + 8);
    to.clip();
    paintWaits(to, waits, colours);
    for (const look of LOOKS) putLook(to, batches, look, stamps);
    for (const record of state.records)
      if (record.own && record !== moving?.record && !isAhead(record, scene.now))
        ring(to, xAt(view, seenAt(record)), yAt(view, record.timestamp), 3, 1.5, colours.own);
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

function putLook(to: CanvasRenderingContext2D, batches: Batches, look: Look, stamps: Stamps): void {
  for (const [shape, dots] of Object.entries(batches[look]) as [Shape, readonly number[]][])
    for (let i = 0; i + 1 < dots.length; i += 2) stamps.put(to, look, shape, dots[i] ?? 0, dots[i + 1] ?? 0);
}

function ring(to: CanvasRenderingContext2D, x: number, y: number, gap: number, width: number, colour: string): void {
  to.beginPath();
  to.arc(x, y, DOT_PX + gap, 0, 2 * Math.PI);
  to.strokeStyle = colour;
  to.lineWidth = width;
  to.stroke();
}

/** Ahead of now, dashed: not in the log yet. They lie over the names that stand there. */
export function paintAhead(to: CanvasRenderingContext2D, { view, state, now, moving }: Scene, { own, card }: Palette): void {
  for (const record of state.records) {
    if (!isAhead(record, now) || record.offset === moving?.record.offset) continue;
    const x = xAt(view, record.appended);
    const y = yAt(view, record.timestamp);
    if (!isInView(view, x, y, DOT_PX)) continue;
    to.beginPath();
    to.arc(x, y, DOT_PX * 2.4, 0, 2 * Math.PI);
    to.fillStyle = card;
    to.fill();
    to.beginPath();
    outline(to, SHAPES[record.type], x, y, DOT_PX * 1.2);
    to.setLineDash([2, 2]);
    to.strokeStyle = own;
    to.lineWidth = 1.5;
    to.stroke();
    to.setLineDash([]);
  }
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
