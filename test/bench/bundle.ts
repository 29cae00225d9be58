import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundled, type Sizes, sizesOf } from '../support/bundled.ts';
import type { Row } from './table.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** What is imported, and from where: as an application would. */
const ENTRIES: readonly (readonly [figure: string, entry: string])[] = [
  ['`oriel/client`: all of it', "export * from 'oriel/client';"],
  ['`oriel`: the pipeline of the README', "export { anchored, closed, groupByKey, reduceWindow, windowed } from 'oriel';"],
  ['`oriel`: all of it', "export * from 'oriel';"],
  ['`oriel/core`: `step` and `anchored`', "export { anchored, createState, step } from 'oriel/core';"],
];

/** Minified sizes of what a browser loads; `npm run bench` has built the page. Beside each RxJS alone, all of it, which all but the core contain in part. */
export async function run(): Promise<readonly Row[]> {
  const rxjs = sizesOf(await bundled("export * from 'rxjs';"));
  const rows = [row('the page: all its scripts', sizesOf(page()), rxjs)];
  for (const [figure, entry] of ENTRIES) rows.push(row(figure, sizesOf(await bundled(entry)), rxjs));
  return rows;
}

function row(figure: string, sizes: Sizes, rxjs: Sizes): Row {
  return { group: 'bundle', figure, value: told(sizes), beside: `all of rxjs: ${told(rxjs)}`, ratio: (sizes.gzip / rxjs.gzip).toFixed(2) };
}

function told({ raw, gzip, brotli }: Sizes): string {
  return `${kib(gzip)} KiB gzip (raw ${kib(raw)}, brotli ${kib(brotli)})`;
}

function kib(bytes: number): string {
  return (bytes / 1_024).toFixed(1);
}

function page(): Uint8Array {
  const folder = join(ROOT, 'dist/web/assets');
  const scripts = readdirSync(folder).filter((name) => name.endsWith('.js'));
  return Buffer.concat(scripts.map((name) => readFileSync(join(folder, name))));
}
