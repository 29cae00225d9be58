import { dirname } from 'node:path';
import type { unstable_getMiniflareWorkerOptions } from 'wrangler';

/** A Worker as its `wrangler.toml` tells of it, bundled into one module: what a runtime needs to run it, as plain data. */
export interface WorkerCode {
  /** As wrangler hands them to miniflare. */
  readonly options: ReturnType<typeof unstable_getMiniflareWorkerOptions>['workerOptions'];
  readonly module: string;
}

const made = new Map<string, Promise<WorkerCode>>();

/** The Worker of a `wrangler.toml`, read and bundled once a process: to start again after a crash takes no second time. @throws where it cannot be bundled. */
export function workerCode(config: string): Promise<WorkerCode> {
  const known = made.get(config);
  if (known !== undefined) return known;
  const making = read(config);
  making.catch(() => made.delete(config));
  made.set(config, making);
  return making;
}

async function read(config: string): Promise<WorkerCode> {
  // Both are large, and wanted only by a process that starts a Worker.
  const [wrangler, { build }] = await Promise.all([import('wrangler'), import('vite')]);
  const { workerOptions, main } = wrangler.unstable_getMiniflareWorkerOptions(config);
  if (main === undefined) throw new Error(`${config} names no main.`);
  const built = await build({
    configFile: false,
    root: dirname(main),
    logLevel: 'warn',
    // What only workerd has stays an import.
    build: { write: false, ssr: main, target: 'es2023', rolldownOptions: { external: [/^cloudflare:/, /^node:/] } },
    ssr: { target: 'webworker', noExternal: true },
  });
  const chunk = 'output' in built ? built.output[0] : undefined;
  if (chunk === undefined) throw new Error(`${main} gave no module.`);
  return { options: workerOptions, module: chunk.code };
}
