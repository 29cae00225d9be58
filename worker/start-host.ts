/**
 * One local workerd with a Worker, and its Durable Objects in a folder. Run as a child with an IPC channel
 * (`start-worker.ts`); it takes one `HostOrder`, answers `HostReady`, and lives as long as its workerd and its parent do: whatever of the two
 * ends first, the other is gone as well.
 */
import type { ChildProcess } from 'node:child_process';
import { subscribe } from 'node:diagnostics_channel';
import { convertV4MiniflareOptions, Miniflare, NoOpLog } from 'miniflare';
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
  const { options, module } = order.code;
  miniflare = new Miniflare(
    convertV4MiniflareOptions({
      ...options,
      bindings: { ...withoutSettings(options.bindings ?? {}), ...order.vars },
      name: 'oriel',
      modules: [{ type: 'ESModule', path: 'index.js', contents: module }],
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
