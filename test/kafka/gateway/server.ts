import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Dialect } from '../../../src/gateway/gateway.ts';
import { ConnectionLost, TestGateway, type TestGatewayOptions } from '../../support/gateway/test-gateway.ts';
import type { OwnedGateway } from './gateway.ts';

export interface TestGatewayServerOptions extends TestGatewayOptions {
  /** Default: a free one. */
  readonly port?: number;
}

/** A test gateway that listens on the loopback interface, in this process: its faults, exchanges and traits are at hand. */
export class TestGatewayServer implements OwnedGateway {
  readonly isReal = false;
  readonly gateway: TestGateway;
  #server: Server | undefined;
  #port: number;

  constructor({ port = 0, ...options }: TestGatewayServerOptions) {
    this.gateway = new TestGateway(options);
    this.#port = port;
  }

  get dialect(): Dialect {
    return this.gateway.dialect;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async start(): Promise<void> {
    if (this.#server !== undefined) throw new Error('The test gateway runs already.');
    this.gateway.restart();
    const server = createServer((request, response) => void serve(this.gateway, this.url, request, response));
    server.listen(this.#port, '127.0.0.1');
    await once(server, 'listening');
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  async stop(): Promise<void> {
    await this.#end((server) => server.closeIdleConnections());
  }

  async kill(): Promise<void> {
    await this.#end((server) => server.closeAllConnections());
  }

  close(): Promise<void> {
    return this.kill();
  }

  async #end(drop: (server: Server) => void): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    const closed = once(server, 'close');
    server.close();
    drop(server);
    await closed;
  }
}

export async function startTestGateway(options: TestGatewayServerOptions): Promise<TestGatewayServer> {
  const server = new TestGatewayServer(options);
  await server.start();
  return server;
}

async function serve(gateway: TestGateway, origin: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const gone = new AbortController();
  response.once('close', () => gone.abort(new ConnectionLost('The caller has gone.')));
  try {
    const chunks: Uint8Array[] = [];
    for await (const chunk of request) chunks.push(chunk as Uint8Array);
    const answer = await gateway.handle({
      method: request.method ?? 'GET',
      url: `${origin}${request.url ?? '/'}`,
      headers: new Headers(
        Object.entries(request.headers).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value] as [string, string]] : [])),
      ),
      body: Buffer.concat(chunks).toString('utf8'),
      signal: gone.signal,
    });
    response.writeHead(answer.status, { ...answer.headers });
    response.end(answer.body);
  } catch (error) {
    if (error instanceof ConnectionLost) {
      request.socket.destroy();
      return;
    }
    response.writeHead(500, { 'content-type': 'application/vnd.kafka.v2+json' });
    response.end(JSON.stringify({ error_code: 50_001, message: error instanceof Error ? error.message : String(error) }));
  }
}
