import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin } from 'vite';
import about from '../package.json' with { type: 'json' };

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** The package says that its modules do nothing by being imported, which holds for the library and not for its page. */
const pageHasEffects: Plugin = {
  name: 'page-has-effects',
  transform: (code, id) => (/\/web\/src\/[^?]*\.ts$/.test(id) ? { code, map: null, moduleSideEffects: true } : undefined),
};

// Everything stays a file of the page's own origin: no inline script, style or `data:` address that a strict content policy would refuse.
export default defineConfig({
  root: here('.'),
  publicDir: here('public'),
  plugins: [pageHasEffects],
  define: { ORIEL_RELEASE: JSON.stringify(about.version) },
  build: {
    outDir: here('../dist/web'),
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: { input: { index: here('index.html'), ops: here('ops.html') } },
  },
  server: { host: '127.0.0.1', proxy: { '/v1': { target: 'http://127.0.0.1:8787', ws: true } } },
});
