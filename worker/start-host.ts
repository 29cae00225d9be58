/**
 * One local workerd: the Worker of a `wrangler.toml`, bundled afresh, with its Durable Objects in a folder. Run as a child with an IPC channel
 * (`start-worker.ts`); it takes one `HostOrder`, answers `HostReady`, and lives as long as its workerd and its parent do: whatever of the two
 * ends first, the other is gone as well.
 */
import type { ChildProcess } from 'node:child_process';
import { subscribe } from 'node:diagnostics_channel';
import { dirname } from 'node:path';
import { convertV4MiniflareOptions, Miniflare, NoOpLog } from 'miniflare';
import { build } from 'vite';
import { unstable_getMiniflareWorkerOptions } from 'wrangler';
import type { HostOrder, HostReady } from './start-worker.ts';

let runtime: ChildProcess | undefined;
let miniflare: Miniflare | undefined;
let stopping = false;

process.once('message', (order) => void serve(order as HostOrder));
process.on('disconnect', () => end(1));
process.on('SIGTERM', () => void stop());
process.on('SIGINT', () => void stop());
process.on('exit', () => runtime?.kill('SIGKILL'));
process.on('uncaughtException', (error) => fail(error));
process.on('unhandledRejection', (error) => fail(error));

async function serve(order: HostOrder): Promise<void> {
  watchRuntime();
  const { workerOptions, main } = unstable_getMiniflareWorkerOptions(order.config);
  if (main === undefined) throw new Error(`${order.config} names no main.`);
  const code = await bundle(main);
  miniflare = new Miniflare(
    convertV4MiniflareOptions({
      ...workerOptions,
      bindings: { ...withoutSettings(workerOptions.bindings ?? {}), ...order.vars },
      name: 'oriel',
      modules: [{ type: 'ESModule', path: 'index.js', contents: code }],
      host: '127.0.0.1',
      port: order.port,
      resourcePersistencePath: order.data,
      cf: false,
      log: new NoOpLog(),
      handleStructuredLogs: log,
    }),
  );
  const url = await miniflare.ready;
  const ready: HostReady = { port: Number(url.port), workerd: runtime?.pid ?? 0 };
  process.send?.(ready);
}

/** What the Worker says. The runtime's notes to its own makers are not for people here. */
function log({ level, message }: { readonly level: string; readonly message: string }): void {
  if (!message.startsWith('NOSENTRY')) process.stderr.write(`worker ${level}: ${message}\n`);
}

/** The Worker as one module; what only workerd has stays an import. */
async function bundle(main: string): Promise<string> {
  const built = await build({
    configFile: false,
    root: dirname(main),
    logLevel: 'warn',
    build: { write: false, ssr: main, target: 'es2023', rolldownOptions: { external: [/^cloudflare:/, /^node:/] } },
    ssr: { target: 'webworker', noExternal: true },
  });
  const chunk = 'output' in built ? built.output[0] : undefined;
  if (chunk === undefined) throw new Error(`${main} gave no module.`);
  return chunk.code;
}

/** Settings come from the order alone: neither a `.dev.vars` nor `[vars]` slips past the one who gave it. */
function withoutSettings<Bindings extends object>(bindings: Bindings): Bindings {
  return Object.fromEntries(Object.entries(bindings).filter(([name]) => !name.startsWith('ORIEL_'))) as Bindings;
}

/** Miniflare does not name its workerd: Node does. A workerd that ends takes the host with it; the next one is the parent's to start. */
function watchRuntime(): void {
  subscribe('child_process', (message) => {
    const { process: child } = message as { process: ChildProcess };
    child.once('spawn', () => {
      if (!child.spawnargs.includes('serve')) return;
      runtime = child;
      child.once('exit', () => {
        if (!stopping) end(1);
      });
    });
  });
}

async function stop(): Promise<void> {
  stopping = true;
  await miniflare?.dispose();
  end(0);
}

function fail(error: unknown): never {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  return end(1);
}

function end(code: number): never {
  process.exit(code);
}
