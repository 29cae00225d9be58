import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin } from 'vite';
import about from '../package.json' with { type: 'json' };

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
/** Files of `public` that the page itself shows. */
const SHOWN = ['/icon.svg'];

/** The package says that its modules do nothing by being imported, which holds for the library and not for its page. */
const pageHasEffects: Plugin = {
  name: 'page-has-effects',
  transform: (code, id) => (/\/web\/src\/[^?]*\.ts$/.test(id) ? { code, map: null, moduleSideEffects: true } : undefined),
};

/** Tells the service worker what the page at `/` is made of: what its HTML names, and what that imports. */
const offlineFiles: Plugin = {
  name: 'offline-files',
  enforce: 'post',
  generateBundle: {
    order: 'post',
    handler(_, bundle) {
      const html = bundle['index.html'];
      const worker = bundle['sw.js'];
      if (html?.type !== 'asset' || worker?.type !== 'chunk') throw new Error('The build has no index.html or no sw.js.');
      const page = String(html.source);
      const files = new Set<string>();
      const add = (name: string): void => {
        if (files.has(`/${name}`)) return;
        files.add(`/${name}`);
        const chunk = bundle[name];
        if (chunk?.type === 'chunk') for (const imported of chunk.imports) add(imported);
      };
      for (const [, name] of page.matchAll(/(?:src|href)="\/(assets\/[^"]+)"/g)) if (name !== undefined) add(name);
      const list = [...files, ...SHOWN].sort();
      const name = createHash('sha256').update(page).update(list.join()).digest('hex').slice(0, 16);
      worker.code = worker.code.replace(/(["'`])%ORIEL_FILES%\1/, JSON.stringify(JSON.stringify({ files: list, name })));
    },
  },
};

// Everything stays a file of the page's own origin: no inline script, style or `data:` address that a strict content policy would refuse.
export default defineConfig({
  root: here('.'),
  publicDir: here('public'),
  plugins: [pageHasEffects, offlineFiles],
  define: { ORIEL_RELEASE: JSON.stringify(about.version) },
  build: {
    outDir: here('../dist/web'),
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: { index: here('index.html'), ops: here('ops.html'), sw: here('src/offline/sw.ts') },
      output: { entryFileNames: ({ name }) => (name === 'sw' ? 'sw.js' : 'assets/[name]-[hash].js') },
    },
  },
  server: { host: '127.0.0.1', proxy: { '/v1': { target: 'http://127.0.0.1:8787', ws: true } } },
});
