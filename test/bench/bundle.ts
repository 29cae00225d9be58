import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { build } from 'vite';
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

interface Sizes {
  readonly raw: number;
  readonly gzip: number;
  readonly brotli: number;
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

function sizesOf(code: Uint8Array): Sizes {
  return { raw: code.byteLength, gzip: gzipSync(code, { level: 9 }).byteLength, brotli: brotliCompressSync(code).byteLength };
}

function page(): Uint8Array {
  const folder = join(ROOT, 'dist/web/assets');
  const scripts = readdirSync(folder).filter((name) => name.endsWith('.js'));
  return Buffer.concat(scripts.map((name) => readFileSync(join(folder, name))));
}

/** One minified module of all that the entry needs. The entry stands inside the checkout, so that it finds the packages. */
async function bundled(entry: string): Promise<Uint8Array> {
  const folder = mkdtempSync(join(ROOT, 'dist/bench-'));
  try {
    const file = join(folder, 'entry.js');
    writeFileSync(file, entry);
    const built = await build({
      root: folder,
      configFile: false,
      logLevel: 'error',
      build: {
        write: false,
        target: 'es2022',
        minify: true,
        rollupOptions: { input: file, preserveEntrySignatures: 'strict', output: { format: 'es' } },
      },
    });
    const outputs = (Array.isArray(built) ? built : [built]).flatMap((one) => ('output' in one ? one.output : []));
    return Buffer.from(outputs.map((chunk) => (chunk.type === 'chunk' ? chunk.code : '')).join(''));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
