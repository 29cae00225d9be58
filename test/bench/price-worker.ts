/**
 * The reservation Worker whose objects count what they write. Nothing of them is replaced: the storage that they are given counts on its way to the real one, by what
 * SQLite itself says it has written (`rowsWritten`). `GET /counts` tells the counts since it was last asked.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import worker, { Customer as RealCustomer, Partition as RealPartition } from '../../worker/index.ts';
import type { Count } from './price-counts.ts';

let counts = new Map<string, Count>();

/** The entry point that is being run, also after it has waited. */
const entries = new AsyncLocalStorage<string>();

/** The storage of one object, counted. */
class Meter {
  readonly object: Count['object'];

  constructor(object: Count['object'], storage: DurableObjectStorage) {
    this.object = object;
    const { sql } = storage;
    const exec = sql.exec.bind(sql);
    shadow(sql, 'exec', (query: string, ...bindings: SqlStorageValue[]) => {
      const cursor = exec(query, ...bindings);
      const { count } = this;
      if (cursor.rowsWritten > 0) this.row(`${tableOf(query)}: ${query.trim().split(/\s/)[0]}`, cursor.rowsWritten);
      // Whoever asked has read what they want by then.
      queueMicrotask(() => {
        count.rowsRead += cursor.rowsRead;
      });
      return cursor;
    });
    for (const name of ['setAlarm', 'deleteAlarm'] as const) {
      const real = storage[name].bind(storage) as (at: number) => Promise<void>;
      shadow(storage, name, (at: number) => {
        this.row(name, 1);
        return real(at);
      });
    }
    const deleteAll = storage.deleteAll.bind(storage);
    shadow(storage, 'deleteAll', () => {
      this.count.deletions++;
      return deleteAll();
    });
  }

  get count(): Count {
    const entry = entries.getStore() ?? 'constructor';
    const name = `${this.object} ${entry}`;
    const count = counts.get(name) ?? { object: this.object, entry, calls: 0, rows: {}, rowsRead: 0, deletions: 0 };
    counts.set(name, count);
    return count;
  }

  row(what: string, rows: number): void {
    const { count } = this;
    count.rows[what] = (count.rows[what] ?? 0) + rows;
  }
}

const meters = new WeakMap<DurableObjectState, Meter>();

function metered(object: Count['object'], ctx: DurableObjectState): DurableObjectState {
  meters.set(ctx, new Meter(object, ctx.storage));
  return ctx;
}

export class Partition extends RealPartition {
  constructor(ctx: DurableObjectState, env: Env) {
    super(metered('partition', ctx), env);
  }
}

export class Customer extends RealCustomer {
  constructor(ctx: DurableObjectState, env: Env) {
    super(metered('customer', ctx), env);
  }
}

for (const [made, real] of [
  [Partition, RealPartition],
  [Customer, RealCustomer],
] as const) {
  const methods: Record<string, PropertyDescriptor> = Object.getOwnPropertyDescriptors(real.prototype);
  for (const [entry, { value }] of Object.entries(methods)) {
    if (typeof value !== 'function' || entry === 'constructor') continue;
    shadow(made.prototype, entry, function (this: { readonly ctx: DurableObjectState }, ...given: unknown[]) {
      const meter = meters.get(this.ctx) as Meter;
      return entries.run(entry, () => {
        meter.count.calls++;
        return (value as (...given: unknown[]) => unknown).apply(this, given);
      });
    });
  }
}

export default {
  async fetch(request: Request, env: Env, ctx: ExecutionContext): Promise<Response> {
    if (new URL(request.url).pathname !== '/counts') return worker.fetch(request, env, ctx);
    const told = [...counts.values()];
    counts = new Map();
    return Response.json(told);
  },
};

function shadow(target: object, name: string, value: unknown): void {
  Object.defineProperty(target, name, { value, configurable: true, writable: true });
}

function tableOf(query: string): string {
  return /(?:INTO|FROM|UPDATE|TABLE(?: IF NOT EXISTS)?)\s+(\w+)/i.exec(query)?.[1] ?? 'other';
}
