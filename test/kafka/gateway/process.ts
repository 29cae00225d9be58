import { fileURLToPath } from 'node:url';
import type { KafkaConnection } from '../../../src/bridge/kafka/connection.ts';
import type { Dialect } from '../../../src/gateway/gateway.ts';
import type { GatewayTraits } from '../../support/gateway/traits.ts';
import { freePorts } from '../broker/ports.ts';
import type { GatewayProcess } from './gateway.ts';
import { Tethered } from './tethered.ts';

const MAIN = fileURLToPath(new URL('process-main.ts', import.meta.url));

/** What the process is told, as JSON. */
export interface GatewayProcessOptions {
  readonly dialect: Dialect;
  /** The cluster in front of which it stands. */
  readonly connection: KafkaConnection;
  readonly traits?: Partial<GatewayTraits>;
  readonly credentials?: { readonly username: string; readonly password: string } | { readonly token: string };
  /** Default: a free one. */
  readonly port?: number;
}

/** A test gateway in front of a broker, in a process that can be killed. */
export async function startGatewayProcess(options: GatewayProcessOptions): Promise<GatewayProcess> {
  const port = options.port ?? (await freePorts(1))[0];
  const url = `http://127.0.0.1:${port}`;
  const gateway = new Tethered('gateway', `${url}/topics`, () => [process.execPath, MAIN, JSON.stringify({ ...options, port })]);
  await gateway.start();
  return {
    url,
    dialect: options.dialect,
    isReal: false,
    start: () => gateway.start(),
    stop: () => gateway.stop(),
    kill: () => gateway.kill(),
    close: () => gateway.close(),
    pause: () => gateway.pause(),
    resume: () => gateway.resume(),
  };
}
