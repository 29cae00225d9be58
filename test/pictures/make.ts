import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../support/source.ts';
import { draw } from './draw.ts';
import { KINDS, type PicturedKind } from './hour.ts';

/** Where the pictures of the README stand. */
export const FOLDER = 'src/core/windows/pictures';

export function pictureOf(kind: PicturedKind): { readonly path: string; readonly svg: string } {
  return { path: `${FOLDER}/${kind.kind}.svg`, svg: draw(kind) };
}

if (import.meta.main) {
  mkdirSync(join(ROOT, FOLDER), { recursive: true });
  for (const { path, svg } of KINDS.map(pictureOf)) writeFileSync(join(ROOT, path), svg);
  const { takePicture } = await import('./page.ts');
  await takePicture();
}
