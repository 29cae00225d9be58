import type { Shape } from './dots.ts';

/** Adds a dot's outline to the path. `px`: about half its width. */
export function outline(to: CanvasPath, shape: Shape, x: number, y: number, px: number): void {
  switch (shape) {
    case 'circle':
      to.moveTo(x + px, y);
      to.arc(x, y, px, 0, 2 * Math.PI);
      return;
    case 'diamond':
      corners(to, x, y - px * 1.3, x + px * 1.3, y, x, y + px * 1.3, x - px * 1.3, y);
      return;
    case 'triangle':
      corners(to, x - px * 1.2, y - px, x + px * 1.2, y - px, x, y + px * 1.2);
  }
}

function corners(to: CanvasPath, x: number, y: number, ...rest: readonly number[]): void {
  to.moveTo(x, y);
  for (let i = 0; i + 1 < rest.length; i += 2) to.lineTo(rest[i] ?? 0, rest[i + 1] ?? 0);
  to.closePath();
}
