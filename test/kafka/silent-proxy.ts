import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** One connection, both ways of it. */
interface Link {
  readonly client: Socket;
  readonly server: Socket;
  swallows: boolean;
}

/**
 * A network between clients and one server, that passes bytes until it is cut. `reset`: connections are broken at once and new ones refused with a reset, as by a router that goes
 * down in order. `swallow`: connections stand, new ones are taken, and no byte arrives, as by a firewall that has forgotten them; after `mend` new connections pass, and
 * those of before stay as dead as they were.
 */
export class SilentProxy {
  readonly #server: Server;
  readonly #links = new Set<Link>();
  #cut: 'reset' | 'swallow' | undefined;

  private constructor(targetPort: number) {
    this.#server = createServer((client) => this.#take(client, targetPort));
  }

  /** To a port of this machine. */
  static async start(targetPort: number): Promise<SilentProxy> {
    const proxy = new SilentProxy(targetPort);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  cut(how: 'reset' | 'swallow'): void {
    this.#cut = how;
    for (const link of [...this.#links]) {
      if (how === 'reset') breakOff(link);
      else link.swallows = true;
    }
  }

  mend(): void {
    this.#cut = undefined;
  }

  async stop(): Promise<void> {
    this.cut('reset');
    this.#server.close();
    await once(this.#server, 'close');
  }

  #take(client: Socket, targetPort: number): void {
    if (this.#cut === 'reset') return void client.resetAndDestroy();
    const link: Link = { client, server: connect(targetPort, '127.0.0.1'), swallows: this.#cut === 'swallow' };
    this.#links.add(link);
    for (const [from, to] of [
      [link.client, link.server],
      [link.server, link.client],
    ] as const) {
      from.on('data', (bytes) => {
        if (!link.swallows) to.write(bytes);
      });
      from.on('error', () => undefined);
      from.on('close', () => {
        if (!link.swallows) to.destroy();
        if (to.destroyed) this.#links.delete(link);
      });
    }
  }
}

function breakOff({ client, server }: Link): void {
  client.resetAndDestroy();
  server.resetAndDestroy();
}
