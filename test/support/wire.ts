import WebSocket from 'ws';
import { decodeObjectFrame } from '../../src/protocol/codec.ts';
import type { BridgeFrame, Hello, ObjectFrame } from '../../src/protocol/frames.ts';
import { INGEST_PROTOCOL } from '../../src/protocol/sockets.ts';

export interface WireOptions {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  readonly token?: string;
  /** Default `customer-events`, 0. */
  readonly topic?: string;
  readonly partition?: number;
  /** Default `oriel.v1`; `null` for none. */
  readonly protocol?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The answer to an upgrade that was refused. */
export class UpgradeRefused extends Error {
  readonly status: number;
  readonly body: string;

  constructor(status: number, body: string) {
    super(`The upgrade was refused: ${status} ${body}`);
    this.status = status;
    this.body = body;
  }
}

type FrameOf<T extends ObjectFrame['t']> = Extract<ObjectFrame, { t: T }>;

const WAIT_MS = 10_000;

/** A bridge by hand: speaks `oriel.v1`, or breaks it, frame by frame. Every wait ends after 10 s, with the frames that came instead. */
export class Wire {
  readonly #socket: WebSocket;
  readonly #received: ObjectFrame[] = [];
  readonly #listeners = new Set<() => void>();
  #taken = 0;
  /** Settles when the socket has closed, with its code and reason. */
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data) => {
      const text = String(data);
      if (text === 'pong') return;
      this.#received.push(decodeObjectFrame(text));
      for (const listen of this.#listeners) listen();
    });
    this.closed = new Promise((resolve) => {
      socket.on('close', (code, reason) => {
        resolve({ code, reason: String(reason) });
        for (const listen of this.#listeners) listen();
      });
    });
    socket.on('error', () => undefined);
  }

  /** @throws UpgradeRefused where the Worker answers with a status instead. */
  static async open(options: WireOptions): Promise<Wire> {
    const { url, token, topic = 'customer-events', partition = 0, protocol = INGEST_PROTOCOL, headers = {} } = options;
    const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/v1/ingest/${topic}/${partition}`, protocol ?? [], {
      headers: { ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }), ...headers },
      handshakeTimeout: WAIT_MS,
    });
    const wire = new Wire(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once('open', () => resolve());
      socket.once('error', reject);
      socket.once('unexpected-response', (_, response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (text: string) => {
          body += text;
        });
        response.on('end', () => reject(new UpgradeRefused(response.statusCode ?? 0, body)));
      });
    });
    return wire;
  }

  /** Says hello, as a bridge of a log of one partition that has not ended, and waits for the welcome. */
  async greet(hello: Partial<Hello> = {}): Promise<FrameOf<'welcome'>> {
    this.send(helloFrame(hello));
    return this.next('welcome');
  }

  send(frame: BridgeFrame): void {
    this.sendText(JSON.stringify(frame));
  }

  sendText(text: string): void {
    this.#socket.send(text);
  }

  /** The next frame of a kind that was not taken before; frames of other kinds that came earlier are passed over. */
  async next<T extends ObjectFrame['t']>(t: T, waitMs = WAIT_MS): Promise<FrameOf<T>> {
    const found = () => {
      const index = this.#received.findIndex((frame, i) => i >= this.#taken && frame.t === t);
      if (index < 0) return undefined;
      this.#taken = index + 1;
      return this.#received[index] as FrameOf<T>;
    };
    return this.#wait(found, waitMs, `a frame ${t}`);
  }

  /** Waits until all frames so far make it true. */
  async until(what: string, isTrue: (frames: readonly ObjectFrame[]) => boolean, waitMs = WAIT_MS): Promise<void> {
    await this.#wait(() => (isTrue(this.#received) ? true : undefined), waitMs, what);
  }

  /** Everything received, in order. */
  get frames(): readonly ObjectFrame[] {
    return this.#received;
  }

  /** Closes in order, or after a second without. */
  async close(): Promise<void> {
    this.#socket.close(1000);
    const insist = setTimeout(() => this.#socket.terminate(), 1_000);
    await this.closed;
    clearTimeout(insist);
  }

  /** As a cut cable would: no closing handshake. */
  async cut(): Promise<void> {
    this.#socket.terminate();
    await this.closed;
  }

  #wait<Found>(find: () => Found | undefined, waitMs: number, what: string): Promise<Found> {
    return new Promise((resolve, reject) => {
      const finish = (settle: () => void) => {
        clearTimeout(timer);
        this.#listeners.delete(look);
        settle();
      };
      const fail = (why: string) =>
        finish(() => reject(new Error(`${why} while waiting for ${what}; received: ${JSON.stringify(this.#received).slice(0, 4_000)}`)));
      const timer = setTimeout(() => fail(`${waitMs} ms passed`), waitMs);
      const look = () => {
        const found = find();
        if (found !== undefined) finish(() => resolve(found));
        else if (this.#socket.readyState === WebSocket.CLOSED) fail('The socket closed');
      };
      this.#listeners.add(look);
      look();
    });
  }
}

export function helloFrame(hello: Partial<Hello> = {}): Hello {
  return {
    t: 'hello',
    bridge: 'wire',
    mode: 'live',
    epoch: 0,
    generation: 1,
    incarnation: 'log-1',
    start: '0',
    end: '0',
    partitions: 1,
    outcomes: true,
    now: Date.now(),
    ...hello,
  };
}
