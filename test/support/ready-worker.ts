import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import type { BridgeFrame, Data, ObjectFrame } from '../../src/protocol/frames.ts';
import { CREDIT, type Credit, LIMITS } from '../../src/protocol/limits.ts';
import { INGEST_PROTOCOL } from '../../src/protocol/sockets.ts';

export interface ReadyWorkerOptions {
  /** What every object gives. Default: what the real ones give. */
  readonly credit?: Credit;
  /** Told of each frame of data, before it is acknowledged. */
  readonly onData?: (partition: string, data: Data) => void;
}

/** An object that has nothing to do: where it stands, and whom it talks to. */
interface ReadyObject {
  next: string | null;
  socket: WebSocket;
}

/** The side of the objects of `oriel.v1` at its quickest, on a loopback port: every frame of data is acknowledged at once, and nothing is judged or kept. Partitions come into being when dialled. */
export class ReadyWorker {
  readonly #server = createServer((_, response) => response.writeHead(404).end());
  readonly #objects = new Map<string, ReadyObject>();
  readonly #onData: ReadyWorkerOptions['onData'];
  #credit: Credit;
  /** Records acknowledged so far. */
  records = 0;

  private constructor({ credit = CREDIT, onData }: ReadyWorkerOptions) {
    this.#credit = credit;
    this.#onData = onData;
    const sockets = new WebSocketServer({ server: this.#server, handleProtocols: () => INGEST_PROTOCOL });
    sockets.on('connection', (socket, { url }) => this.#connected(url ?? '', socket));
  }

  static async start(options: ReadyWorkerOptions = {}): Promise<ReadyWorker> {
    const worker = new ReadyWorker(options);
    await new Promise<void>((resolve) => worker.#server.listen(0, '127.0.0.1', resolve));
    return worker;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Objects that were dialled. */
  get partitions(): number {
    return this.#objects.size;
  }

  /** Gives another credit from now on, and says so to all who have had an offset. */
  grant(credit: Credit): void {
    this.#credit = credit;
    for (const { next, socket } of this.#objects.values()) say(socket, { t: 'ack', next: next ?? '0', credit });
  }

  close(): void {
    for (const { socket } of this.#objects.values()) socket.terminate();
    this.#server.close();
  }

  #connected(path: string, socket: WebSocket): void {
    const object: ReadyObject = { next: this.#objects.get(path)?.next ?? null, socket };
    this.#objects.set(path, object);
    socket.on('message', (data) => {
      const text = String(data);
      if (text === 'ping') socket.send('pong');
      else this.#take(path, object, JSON.parse(text) as BridgeFrame);
    });
  }

  #take(path: string, object: ReadyObject, frame: BridgeFrame): void {
    const { socket } = object;
    if (frame.t === 'hello') {
      say(socket, { t: 'welcome', next: object.next, outcomeSeq: '0', credit: this.#credit, limits: LIMITS, skew: 0 });
    } else if (frame.t === 'data') {
      this.#onData?.(path.slice(path.lastIndexOf('/') + 1), frame);
      this.records += frame.records.length;
      object.next = String(BigInt(frame.records.at(-1)?.offset ?? frame.from) + 1n);
      say(socket, { t: 'ack', next: object.next, credit: this.#credit });
    }
  }
}

function say(socket: WebSocket, frame: ObjectFrame): void {
  socket.send(JSON.stringify(frame));
}
