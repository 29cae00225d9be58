import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { build, type Plugin } from 'vite';
import { ROOT } from './source.ts';

/** Scripts for a page or a Worker, served on loopback: `/NAME.html` runs `/NAME.js` as a module, `/` nothing. */
export interface Served {
  readonly origin: string;
  close(): Promise<void>;
}

/** Bundles entries (by name, files of this repository) as a browser needs them, and serves them. `alias`: modules that others stand in for. */
export async function serveEntries(entries: Readonly<Record<string, string>>, alias: Readonly<Record<string, string>> = {}): Promise<Served> {
  const files = await bundled(entries, alias);
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://page').pathname;
    const script = files.get(path.slice(1));
    if (script !== undefined) response.writeHead(200, { 'content-type': 'text/javascript' }).end(script);
    else if (path === '/' || path.endsWith('.html')) response.writeHead(200, { 'content-type': 'text/html' }).end(page(path));
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => closed(server) };
}

function page(path: string): string {
  const script = path === '/' ? '' : `<script type="module" src="${path.replace(/html$/, 'js')}"></script>`;
  return `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><title>page</title>${script}`;
}

async function bundled(entries: Readonly<Record<string, string>>, alias: Readonly<Record<string, string>>): Promise<Map<string, string>> {
  const built = await build({
    root: ROOT,
    configFile: false,
    logLevel: 'error',
    resolve: { alias },
    plugins: [keepEffects],
    build: {
      write: false,
      target: 'es2022',
      minify: false,
      modulePreload: { polyfill: false },
      rollupOptions: { input: entries, output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: 'chunk-[name]-[hash].js' } },
    },
  });
  const outputs = (Array.isArray(built) ? built : [built]).flatMap((one) => ('output' in one ? one.output : []));
  return new Map(outputs.flatMap((one) => (one.type === 'chunk' ? [[one.fileName, one.code]] : [])));
}

/** The package says that its modules do nothing by being imported, which holds for the library and not for a page. */
const keepEffects: Plugin = {
  name: 'keep-effects',
  transform: (code, id) => (/\/test\/.*\.ts$/.test(id) ? { code, map: null, moduleSideEffects: true } : undefined),
};

function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}
