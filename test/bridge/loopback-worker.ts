import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { WebSocketServer } from 'ws';
import { FakeObject } from './fake-object.ts';

/** The routes of a Worker that a bridge uses, on a loopback port, with a fake object behind each partition of one topic. */
export class LoopbackWorker {
  readonly objects: readonly FakeObject[];
  readonly requests: { readonly path: string; readonly authorization: string | undefined; readonly protocol: string | undefined }[] = [];
  /** The answer to an upgrade, where it is not 101. */
  answer: { status: number; body: string } | undefined;
  statusOf: (object: FakeObject) => unknown = (object) => ({
    next: object.next,
    watermark: object.claims.at(-1)?.at ?? null,
    counts: { open: 0, waiting: 0, folded: object.records.length },
    outbox: { depth: object.outbox.length, ageMs: 0 },
  });
  readonly #server: Server;

  constructor(partitions: number) {
    this.objects = Array.from({ length: partitions }, () => new FakeObject());
    this.#server = createServer((request, response) => {
      this.#note(request);
      const object = this.#objectOf(request, 'sources');
      response.writeHead(object === undefined ? 404 : 200, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify(object === undefined ? {} : this.statusOf(object)));
    });
    const sockets = new WebSocketServer({ noServer: true, handleProtocols: (offered) => (offered.has('oriel.v1') ? 'oriel.v1' : false) });
    this.#server.on('upgrade', (request, socket, head) => {
      this.#note(request);
      const object = this.#objectOf(request, 'ingest');
      const answer = this.answer ?? (object === undefined ? { status: 404, body: '' } : undefined);
      if (answer !== undefined || object === undefined) {
        const { status, body } = answer ?? { status: 404, body: '' };
        socket.end(
          `HTTP/1.1 ${status} No\r\nContent-Type: application/problem+json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
        );
        return;
      }
      sockets.handleUpgrade(request, socket, head, (webSocket) => {
        const end = object.connect({ send: (text) => webSocket.send(text), close: (code, reason) => webSocket.close(code, reason) });
        webSocket.on('message', (data) => end.receive(data.toString()));
        webSocket.on('close', (code) => end.ended(code));
      });
    });
  }

  static async start(partitions = 1): Promise<LoopbackWorker> {
    const worker = new LoopbackWorker(partitions);
    await new Promise<void>((resolve) => worker.#server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      worker.#server.closeAllConnections();
      worker.#server.close();
    });
    return worker;
  }

  get object(): FakeObject {
    return this.objects[0] as FakeObject;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  #note({ url, headers }: IncomingMessage): void {
    this.requests.push({ path: url ?? '', authorization: headers.authorization, protocol: headers['sec-websocket-protocol'] });
  }

  #objectOf({ url }: IncomingMessage, kind: string): FakeObject | undefined {
    const [, partition] = new RegExp(`^/v1/${kind}/customer-events/(\\d+)$`).exec(url ?? '') ?? [];
    return partition === undefined ? undefined : this.objects[Number(partition)];
  }
}

/** Real time: waits until something holds, at most 5 s. */
export async function eventually(condition: () => boolean): Promise<void> {
  for (let turn = 0; turn < 500; turn++) {
    if (condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`it did not come to hold: ${condition}`);
}
