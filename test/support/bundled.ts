import { fileURLToPath } from 'node:url';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { build } from 'vite';
import { SOURCES } from './subpaths.ts';

/** Stands in the checkout, as the file of an application that has the package would, and is not there. */
const ENTRY = fileURLToPath(new URL('../../entry.js', import.meta.url));

/** One minified module of all that an entry needs, such as `export * from 'oriel/client';`, as an application would build it; `external`: packages that stay outside. */
export async function bundled(entry: string, external: readonly string[] = []): Promise<Uint8Array> {
  const built = await build({
    configFile: false,
    logLevel: 'error',
    resolve: { alias: SOURCES },
    plugins: [{ name: 'entry', enforce: 'pre', resolveId: (id) => (id === ENTRY ? ENTRY : null), load: (id) => (id === ENTRY ? entry : null) }],
    build: {
      write: false,
      target: 'es2022',
      minify: true,
      rollupOptions: { input: ENTRY, external: [...external], preserveEntrySignatures: 'strict', output: { format: 'es' } },
    },
  });
  const outputs = (Array.isArray(built) ? built : [built]).flatMap((one) => ('output' in one ? one.output : []));
  return Buffer.from(outputs.map((chunk) => (chunk.type === 'chunk' ? chunk.code : '')).join(''));
}

/** Bytes of a module as it is, and as it travels: compressed as much as each of the two can. */
export interface Sizes {
  readonly raw: number;
  readonly gzip: number;
  readonly brotli: number;
}

export function sizesOf(code: Uint8Array): Sizes {
  return { raw: code.byteLength, gzip: gzipSync(code, { level: 9 }).byteLength, brotli: brotliCompressSync(code).byteLength };
}
