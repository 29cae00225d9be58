import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type LocalWorker, startWorker } from '../../worker/start-worker.ts';
import { scratch } from '../support/scratch.ts';

export const BARE_CONFIG = fileURLToPath(new URL('bare/wrangler.toml', import.meta.url));

export const TOKENS = { ORIEL_INGEST_TOKEN: 'ingest-of-the-bench', ORIEL_VIEW_TOKEN: 'view-of-the-bench' } as const;

/** A Worker to start: the reservation Worker, with authentication on, where no other is named. */
export interface Order {
  readonly config?: string;
  readonly vars?: Readonly<Record<string, string>>;
}

/** Runs Workers side by side, each in a workerd of its own and all on one kind of folder, for as long as the task takes. */
export async function withWorkers<Name extends string, T>(
  orders: Readonly<Record<Name, Order>>,
  task: (urls: Readonly<Record<Name, string>>, pids: Readonly<Record<Name, number>>) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(scratch(), 'oriel-bench-'));
  const workers: LocalWorker[] = [];
  const urls: Record<string, string> = {};
  const pids: Record<string, number> = {};
  try {
    for (const [name, { vars, ...order }] of Object.entries<Order>(orders)) {
      const data = join(folder, name);
      mkdirSync(data);
      const worker = await startWorker({ data, vars: { ...TOKENS, ...vars }, ...order });
      workers.push(worker);
      urls[name] = worker.url;
      pids[name] = worker.workerd;
    }
    return await task(urls as Record<Name, string>, pids as Record<Name, number>);
  } finally {
    await Promise.all(workers.map((worker) => worker.stop()));
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** The value below which a share of the values lies: 0.5 for the median. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}
