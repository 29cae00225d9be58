import type { TimeMode } from '../../src/core/time.ts';
import { isV3 } from '../../src/gateway/address.ts';
import type { Dialect, GatewayConnection, GatewayPorts } from '../../src/gateway/gateway.ts';
import type { BridgeFrame } from '../../src/protocol/frames.ts';
import type { Credit } from '../../src/protocol/limits.ts';
import type { Ledger } from '../ledger.ts';
import type { Gateways } from './gateway.ts';
import type { PullPeer } from './peer.ts';
import type { PullSettings } from './settings.ts';
import type { StoredPull } from './stored.ts';

/** What a pull needs of the partition that it feeds. */
export interface PullPort {
  readonly topic: string;
  readonly partition: number;
  readonly mode: TimeMode;
  readonly ledger: Ledger;
  readonly settings: PullSettings;
  readonly gateways: Gateways;
  readonly fetch: typeof globalThis.fetch;
  now(): number;
  credit(): Credit;
  /** Has a frame handled in its turn; never rejects. */
  take(peer: PullPeer, frame: BridgeFrame): Promise<void>;
  /** Does what else the partition's alarm is for, where it is due by now. */
  attend(): Promise<void>;
}

/** Calls of the gateway leave no timer behind (D7). */
export function portsOf({ fetch, now }: Pick<PullPort, 'fetch' | 'now'>): GatewayPorts {
  return { fetch, now, limit };
}

function limit(ms: number): { readonly signal: AbortSignal; end(): void } {
  const over = new AbortController();
  const done = new AbortController();
  scheduler.wait(ms, { signal: done.signal }).then(
    () => over.abort(),
    () => undefined,
  );
  return { signal: over.signal, end: () => done.abort() };
}

/** A connection whose dialect is known: it is asked for once, and kept. */
export async function resolved(
  connection: GatewayConnection,
  port: PullPort,
  stored: StoredPull,
  signal: AbortSignal,
): Promise<GatewayConnection & { readonly dialect: Dialect }> {
  const { base, dialect } = connection;
  if (dialect !== 'auto') return { ...connection, dialect };
  // Only Confluent's has that API.
  const known = isV3(base) ? 'confluent' : stored.dialectOf(base);
  if (known !== undefined) return { ...connection, dialect: known };
  const found = await port.gateways.dialectOf(connection, portsOf(port), signal);
  stored.keepDialect(base, found);
  return { ...connection, dialect: found };
}
