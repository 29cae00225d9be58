import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import WebSocket, { WebSocketServer } from 'ws';
import { INGEST_PROTOCOL } from '../../src/protocol/sockets.ts';
import type { Random } from '../support/random.ts';
import { type Faults, Lane, type Rates } from './lane.ts';

export interface ProxyOptions {
  /** The Worker, `http://127.0.0.1:PORT`. */
  readonly target: string;
  readonly random: Random;
  /** Those of `data` frames, and those of all others. */
  readonly rates: Readonly<Record<'data' | 'other', Rates>>;
}

/** One bridge's connection through the proxy. */
interface Link {
  readonly break: () => void;
}

/**
 * A network between bridges and the Worker that loses, doubles and swaps frames, and breaks connections in the middle of one. It leaves a partition alone until its first `ack`:
 * the first frame that an object ever gets says where the log is taken up, so that one may not be lost without its connection.
 */
export class FaultyProxy {
  readonly faults: Faults = { cut: 0, dropped: 0, duplicated: 0, reordered: 0 };
  readonly #options: ProxyOptions;
  readonly #server: Server;
  readonly #upgrades = new WebSocketServer({ noServer: true, handleProtocols: () => INGEST_PROTOCOL, perMessageDeflate: false });
  readonly #links = new Set<Link>();
  readonly #begun = new Set<string>();
  #calm = false;

  private constructor(options: ProxyOptions) {
    this.#options = options;
    this.#server = createServer((_, response) => response.writeHead(404).end());
    this.#server.on('upgrade', (request, socket, head) => this.#dial(request, socket, head));
  }

  static async start(options: ProxyOptions): Promise<FaultyProxy> {
    const proxy = new FaultyProxy(options);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get url(): string {
    const address = this.#server.address();
    return `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
  }

  /** No harm from now on; every connection is broken once more, since a frame lost without that is nobody's to send again. */
  calm(): void {
    this.#calm = true;
    for (const link of [...this.#links]) link.break();
  }

  async stop(): Promise<void> {
    this.calm();
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }

  /** A bridge connects: it is answered once the Worker has answered. */
  #dial(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const path = request.url ?? '/';
    const worker = new WebSocket(`${this.#options.target.replace(/^http/, 'ws')}${path}`, INGEST_PROTOCOL, {
      headers: { Authorization: request.headers.authorization ?? '' },
      handshakeTimeout: 10_000,
      perMessageDeflate: false,
    });
    let workerSocket: Socket | undefined;
    worker.on('upgrade', (response) => {
      workerSocket = response.socket;
    });
    worker.on('error', () => socket.destroy());
    worker.on('unexpected-response', (_, response) => {
      socket.end(`HTTP/1.1 ${response.statusCode} ${response.statusMessage}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
    });
    socket.on('error', () => worker.terminate());
    worker.on('open', () => {
      if (socket.destroyed) return worker.terminate();
      this.#upgrades.handleUpgrade(request, socket, head, (bridge) => this.#join(path, bridge, socket, worker, workerSocket as Socket));
    });
  }

  #join(path: string, bridge: WebSocket, bridgeSocket: Duplex, worker: WebSocket, workerSocket: Socket): void {
    const { random, rates } = this.#options;
    let broken = false;
    const breakBoth = (): void => {
      broken = true;
      bridge.terminate();
      worker.terminate();
    };
    const link: Link = { break: breakBoth };
    this.#links.add(link);
    const laneTo = (to: WebSocket, raw: Duplex, masked: boolean): Lane =>
      new Lane({
        ...{ random, faults: this.faults },
        rates: (text) => (text.startsWith('{"t":"data"') ? rates.data : rates.other),
        harmful: () => !this.#calm && this.#begun.has(path),
        send: (text) => {
          if (!broken && to.readyState === WebSocket.OPEN) to.send(text);
        },
        cut: (text) => {
          if (broken) return;
          // Nothing may follow, or it would be read as the other half.
          broken = true;
          raw.write(halfFrame(text, masked), breakBoth);
        },
      });
    const up = laneTo(worker, workerSocket, true);
    const down = laneTo(bridge, bridgeSocket, false);
    bridge.on('message', (data) => up.pass(String(data)));
    worker.on('message', (data) => {
      const text = String(data);
      down.pass(text);
      if (text.startsWith('{"t":"ack"')) this.#begun.add(path);
    });
    for (const [from, to] of [
      [bridge, worker],
      [worker, bridge],
    ] as const) {
      from.on('error', () => undefined);
      from.on('close', (code, reason) => {
        up.close();
        down.close();
        this.#links.delete(link);
        if (to.readyState !== WebSocket.OPEN) return;
        if (code === 1005 || code === 1006) to.terminate();
        else to.close(code, reason);
      });
    }
  }
}

/** The header of a text frame and half of what it announces (RFC 6455, 5.2); masked, with a mask that changes nothing, where a client sends it. */
function halfFrame(text: string, masked: boolean): Buffer {
  const payload = Buffer.from(text);
  const size = payload.length;
  const mask = masked ? 0x80 : 0;
  const length =
    size < 126 ? Buffer.from([mask | size]) : Buffer.from([mask | 127, 0, 0, 0, 0, size >>> 24, (size >>> 16) & 255, (size >>> 8) & 255, size & 255]);
  return Buffer.concat([Buffer.from([0x81]), length, Buffer.alloc(masked ? 4 : 0), payload.subarray(0, size >>> 1)]);
}
