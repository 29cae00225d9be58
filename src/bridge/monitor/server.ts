import { createServer, type ServerResponse } from 'node:http';
import { type AddressInfo, isIPv6 } from 'node:net';
import { messageOf, OrielError } from '../../core/errors.ts';
import type { BridgeStats } from '../bridge.ts';
import type { MetricsAddress } from '../endpoints.ts';
import type { Time } from '../time.ts';
import { Health } from './health.ts';
import { metricsOf } from './metrics.ts';

const OBSERVE_EVERY_MS = 5_000;

/** What tells how a bridge does, while it runs. */
export interface Monitor {
  /** `http://HOST:PORT`. */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Serves `GET /metrics` (Prometheus text) and `GET /healthz` (JSON; 503 where the bridge does not do its work) to whoever reaches the address.
 * @throws OrielError `OPTION` where it cannot listen there.
 */
export async function openMonitor({ host, port }: MetricsAddress, read: () => BridgeStats, time: Time): Promise<Monitor> {
  const health = new Health();
  const metrics = metricsOf(read, () => time.now());
  const server = createServer((request, response) => {
    // Not all that a client can write there is a URL: `//` is none.
    const { url = '/' } = request;
    const path = URL.canParse(url, 'http://bridge') ? new URL(url, 'http://bridge').pathname : undefined;
    if (request.method !== 'GET' && request.method !== 'HEAD') return answer(response, 405, 'text/plain', 'GET alone is served here.\n');
    if (path === '/healthz') {
      const report = health.report(read(), time.now());
      return answer(response, report.status === 'ok' ? 200 : 503, 'application/json', `${JSON.stringify(report)}\n`);
    }
    if (path !== '/metrics') return answer(response, 404, 'text/plain', 'There are /metrics and /healthz.\n');
    metrics.metrics().then(
      (text) => answer(response, 200, metrics.contentType, text),
      (error: unknown) => answer(response, 500, 'text/plain', `${messageOf(error)}\n`),
    );
  });
  const closing = new AbortController();
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(faultOf(error, host, port)));
    server.listen(port, host, resolve);
  });
  void observing();
  const shown = isIPv6(host) ? `[${host}]` : host;
  return {
    url: `http://${shown}:${(server.address() as AddressInfo).port}`,
    close: () => {
      closing.abort();
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };

  async function observing(): Promise<void> {
    while (!closing.signal.aborted) {
      health.observe(read(), time.now());
      await time.sleep(OBSERVE_EVERY_MS, closing.signal);
    }
  }
}

function answer(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'Content-Type': type, 'Cache-Control': 'no-store' });
  response.end(body);
}

function faultOf(error: NodeJS.ErrnoException, host: string, port: number): OrielError {
  const why = error.code === 'EADDRINUSE' ? 'another process listens there: end it, or give another port' : messageOf(error);
  return new OrielError('OPTION', `ORIEL_METRICS: cannot listen on ${host}:${port}: ${why}.`, { cause: error });
}
