import { element } from '../element.ts';
import { paintGround } from './ground.ts';
import { paintLines, paintNames } from './marks.ts';
import { type Palette, paletteOf } from './palette.ts';
import { paintAhead, pointPainter } from './points.ts';
import type { Scene } from './scene.ts';

export interface PlaneCanvas {
  readonly root: HTMLCanvasElement;
  /** In CSS px; 0 by 0 until it has been laid out. */
  size(): { readonly width: number; readonly height: number };
  /** Whether any of it is in the reader's sight. */
  isSeen(): boolean;
  paint(scene: Scene): void;
  /** Called where it has to be painted anew: another size, other colours. */
  onChange(changed: () => void): void;
}

/** A canvas as fine as the screen, in the page's colours. */
export function canvasOf(): PlaneCanvas {
  const root = element('canvas', { class: 'plane-canvas', 'aria-hidden': 'true' });
  const to = root.getContext('2d');
  const paintPoints = pointPainter();
  let size = { width: 0, height: 0 };
  let colours: Palette | undefined;
  let isSeen = true;
  let changed = (): void => {};

  new ResizeObserver(() => {
    size = { width: root.clientWidth, height: root.clientHeight };
    changed();
  }).observe(root);
  new IntersectionObserver((entries) => {
    isSeen = entries.at(-1)?.isIntersecting ?? true;
    changed();
  }).observe(root);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
    colours = undefined;
    changed();
  });

  return {
    root,
    size: () => size,
    isSeen: () => isSeen,
    onChange(given) {
      changed = given;
    },
    paint(scene) {
      if (to === null) return;
      colours ??= paletteOf(root);
      const ratio = devicePixelRatio;
      const width = Math.round(size.width * ratio);
      const height = Math.round(size.height * ratio);
      if (root.width !== width || root.height !== height) {
        root.width = width;
        root.height = height;
      }
      to.setTransform(ratio, 0, 0, ratio, 0, 0);
      to.clearRect(0, 0, size.width, size.height);
      paintGround(to, scene, colours);
      paintLines(to, scene, colours);
      paintPoints(to, scene, colours);
      paintNames(to, scene, colours);
      paintAhead(to, scene, colours);
    },
  };
}
