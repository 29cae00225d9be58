import { join } from 'node:path';
import { defineConfig, type Plugin } from 'vite';
import { ROOT } from '../support/source.ts';
import { SUBPATHS } from '../support/subpaths.ts';

/** What only a server can run. */
const ELSEWHERE = ['oriel/bridge', 'oriel/durable-object'];

/** `oriel/tab` is `oriel-tab.js`. */
const own = [...SUBPATHS].filter(([name]) => !ELSEWHERE.includes(name)).map(([name, path]) => [name.replace('/', '-'), join(ROOT, path)]);

/** Of zod's messages in fifty languages, 190 kB that every page would load, the English ones. */
const englishAlone: Plugin = {
  name: 'english-alone',
  load: (id) => (id.endsWith('/zod/v4/locales/index.js') ? "export { default as en } from './en.js';" : undefined),
};

/** `dist/standalone`: what a browser runs of the package, with RxJS and zod, for the import map of a page without a bundler. They share chunks, so that there is one of each. */
export default defineConfig({
  root: ROOT,
  publicDir: false,
  plugins: [englishAlone],
  build: {
    outDir: 'dist/standalone',
    emptyOutDir: true,
    target: 'es2022',
    minify: true,
    modulePreload: false,
    rolldownOptions: {
      input: { ...Object.fromEntries(own), rxjs: 'rxjs', zod: 'zod' },
      preserveEntrySignatures: 'strict',
      output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: 'shared/[name]-[hash].js' },
    },
  },
});
