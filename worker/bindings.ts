import type { CustomerApi, PartitionApi } from './api.ts';

/** A Durable Object namespace as far as the routes use it: taking a stub wakes nothing. */
export interface NamedObjects<Api> {
  getByName(name: string): Api;
}

/** What the runtime binds (`wrangler.toml`). The settings of SPEC §8 stand beside them as text and are read by `WorkerSettings` only. */
export interface Bindings {
  /** Named `topic/partition`. */
  readonly PARTITION: NamedObjects<PartitionApi>;
  /** Named `topology/key` (D1). */
  readonly CUSTOMER: NamedObjects<CustomerApi>;
  /** The page's files. */
  readonly ASSETS: { fetch(request: Request): Promise<Response> };
  readonly [setting: `ORIEL_${string}`]: unknown;
}
