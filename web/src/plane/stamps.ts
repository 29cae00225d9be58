import { DOT_PX, LOOKS, type Look, type Shape } from './dots.ts';
import type { Palette } from './palette.ts';
import { outline } from './shapes.ts';

/** Width and height of a stamp, px. */
const STAMP_PX = 16;

export interface Stamps {
  /** Puts a dot with its middle at a point. */
  put(to: CanvasRenderingContext2D, look: Look, shape: Shape, x: number, y: number): void;
}

/**
 * Every dot there is, painted once in these colours for a screen of so many pixels to a CSS px. To stamp thousands of them is some twenty times as fast as to fill one path
 * of thousands that overlap.
 */
export function stampsOf(colours: Palette, ratio: number): Stamps {
  const of = (look: Look): Readonly<Record<Shape, ImageBitmap>> => ({
    circle: stamp(look, 'circle', colours, ratio),
    diamond: stamp(look, 'diamond', colours, ratio),
    triangle: stamp(look, 'triangle', colours, ratio),
  });
  const stamps = Object.fromEntries(LOOKS.map((look) => [look, of(look)])) as Record<Look, ReturnType<typeof of>>;
  return {
    put(to, look, shape, x, y) {
      // Whole pixels of the screen keep a stamp sharp.
      const left = Math.round((x - STAMP_PX / 2) * ratio) / ratio;
      const top = Math.round((y - STAMP_PX / 2) * ratio) / ratio;
      to.drawImage(stamps[look][shape], left, top, STAMP_PX, STAMP_PX);
    },
  };
}

function stamp(look: Look, shape: Shape, { looks, card }: Palette, ratio: number): ImageBitmap {
  const size = Math.max(1, Math.round(STAMP_PX * ratio));
  const made = new OffscreenCanvas(size, size);
  const to = made.getContext('2d');
  if (to === null) return made.transferToImageBitmap();
  to.scale(size / STAMP_PX, size / STAMP_PX);
  outline(to, shape, STAMP_PX / 2, STAMP_PX / 2, DOT_PX);
  const isHollow = look === 'pending';
  to.fillStyle = isHollow ? card : looks[look];
  to.strokeStyle = isHollow ? looks.pending : card;
  to.lineWidth = isHollow ? 1.75 : 1;
  to.fill();
  to.stroke();
  return made.transferToImageBitmap();
}
