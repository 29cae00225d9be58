/**
 * The reservation Worker whose objects count what they write. Nothing of them is replaced: the storage that they are given counts on its way to the real one, by what
 * SQLite itself says it has written (`rowsWritten`). `GET /counts` tells the counts since it was last asked; `GET /scheduled` is the cron trigger.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import worker, { Customer as RealCustomer, Partition as RealPartition } from '../../worker/index.ts';
import type { Count } from './price-counts.ts';

let counts = new Map<string, Count>();

/** The entry point that is being run, also after it has waited. */
const entries = new AsyncLocalStorage<string>();

/** Of objects in which something runs. */
const awake = new Set<Meter>();

/** The storage of one object, counted, and the time that it is awake. */
class Meter {
  readonly object: Count['object'];
  #running = 0;
  #since = 0;
  #beganBy = '';

  constructor(object: Count['object'], storage: DurableObjectStorage) {
    this.object = object;
    this.of('constructor').calls++;
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

  /** Runs an entry point. What an object does is billed by the wall clock, once for all that it does at a time. */
  async run<T>(entry: string, task: () => T): Promise<Awaited<T>> {
    if (this.#running++ === 0) {
      this.#since = Date.now();
      this.#beganBy = entry;
      awake.add(this);
    }
    try {
      this.of(entry).calls++;
      return await entries.run(entry, task);
    } finally {
      this.look();
      if (--this.#running === 0) awake.delete(this);
    }
  }

  /** Counts the time until now. */
  look(): void {
    const now = Date.now();
    this.of(this.#beganBy).awakeMs += now - this.#since;
    this.#since = now;
  }

  get count(): Count {
    return this.of(entries.getStore() ?? 'constructor');
  }

  of(entry: string): Count {
    const name = `${this.object} ${entry}`;
    const count = counts.get(name) ?? { object: this.object, entry, calls: 0, rows: {}, rowsRead: 0, deletions: 0, awakeMs: 0 };
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
      return meter.run(entry, () => (value as (...given: unknown[]) => unknown).apply(this, given));
    });
  }
}

export default {
  async fetch(request: Request, env: Env, ctx: ExecutionContext): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname === '/scheduled') {
      await worker.scheduled(undefined, env);
      return new Response();
    }
    if (pathname !== '/counts') return worker.fetch(request, env, ctx);
    for (const meter of awake) meter.look();
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
