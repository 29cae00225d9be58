import { decodeObjectFrame } from '../../../src/protocol/codec.ts';
import type { BridgeFrame, Hello, ObjectFrame, OutcomeFrame } from '../../../src/protocol/frames.ts';
import { INGEST_PROTOCOL } from '../../../src/protocol/sockets.ts';
import type { EventLine } from '../../support/events.ts';
import { partition, TOPIC } from './world.ts';

type FrameOf<T extends ObjectFrame['t']> = Extract<ObjectFrame, { t: T }>;

const WAIT_MS = 5_000;

/** A bridge by hand, on the socket of a partition's object. Records are sent from `next` on, one offset each. */
export class Bridge {
  readonly frames: ObjectFrame[] = [];
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  next = 0;
  readonly #socket: WebSocket;
  readonly #taken = new Set<ObjectFrame>();
  #look: () => void = () => undefined;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener('message', ({ data }) => {
      if (data === 'pong') return;
      this.frames.push(decodeObjectFrame(String(data)));
      this.#look();
    });
    this.closed = new Promise((resolve) => {
      socket.addEventListener('close', ({ code, reason }) => resolve({ code, reason }));
    });
    socket.accept();
  }

  /** Opens the socket, and says nothing. */
  static async open(topic = TOPIC, number = 0): Promise<Bridge> {
    const response = await partition(`${topic}/${number}`).fetch(`http://oriel.test/v1/ingest/${topic}/${number}`, {
      headers: { Upgrade: 'websocket', 'Sec-WebSocket-Protocol': INGEST_PROTOCOL },
    });
    return new Bridge(response.webSocket as WebSocket);
  }

  /** Connects and says hello; goes on from the `next` of the welcome. */
  static async connect(hello: Partial<Hello> = {}, topic = TOPIC, number = 0): Promise<Bridge> {
    const bridge = await Bridge.open(topic, number);
    const log = { start: '0', end: '1000000', partitions: 1, incarnation: 'log-1' };
    bridge.send({ t: 'hello', bridge: 'b1', mode: 'live', epoch: 0, generation: 1, ...log, outcomes: true, now: Date.now(), ...hello });
    const welcome = await bridge.take('welcome');
    bridge.next = Number(welcome.next ?? 0);
    return bridge;
  }

  send(frame: BridgeFrame): void {
    this.#socket.send(JSON.stringify(frame));
  }

  /** Sends a ping as text, and gives what is answered. */
  ping(): Promise<unknown> {
    const answer = new Promise((resolve) => {
      this.#socket.addEventListener('message', ({ data }) => resolve(data), { once: true });
    });
    this.#socket.send('ping');
    return answer;
  }

  /** Sends records in one frame. */
  post(...events: readonly EventLine[]): void {
    const from = this.next;
    this.next += events.length;
    this.send({ t: 'data', from: String(from), records: events.map((event, i) => ({ offset: String(from + i), ...event })) });
  }

  /** Sends records in one frame, and waits until they are durable. */
  async data(...events: readonly EventLine[]): Promise<void> {
    this.post(...events);
    await this.acked();
  }

  /** Claims to have sent everything up to an instant, and waits until that is settled. */
  async claim(at = Date.now()): Promise<void> {
    this.send({ t: 'watermark', at, next: String(this.next) });
    await this.sync();
  }

  /** Waits until everything sent so far has been handled: an empty frame is acknowledged in its turn. */
  async sync(): Promise<void> {
    this.send({ t: 'data', from: String(this.next), records: [] });
    await this.take('ack');
  }

  /** Waits for the acknowledgement of everything sent. */
  async acked(): Promise<void> {
    while ((await this.take('ack')).next !== String(this.next));
  }

  /** The next frame of a kind that was not taken before. */
  take<T extends ObjectFrame['t']>(t: T): Promise<FrameOf<T>> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`No ${t} came; what came: ${JSON.stringify(this.frames).slice(0, 3_000)}`)), WAIT_MS);
      this.#look = () => {
        const found = this.frames.find((frame) => frame.t === t && !this.#taken.has(frame));
        if (found === undefined) return;
        this.#taken.add(found);
        this.#look = () => undefined;
        clearTimeout(timer);
        resolve(found as FrameOf<T>);
      };
      this.#look();
    });
  }

  /** Every outcome received, in order. */
  get outcomes(): OutcomeFrame[] {
    return this.frames.filter((frame): frame is OutcomeFrame => frame.t === 'outcome');
  }

  close(): void {
    this.#socket.close(1000, 'done');
  }
}

/** An outcome in a line: `#1 ReservationCancelled c1/t1 PAYMENT_TIMED_OUT by watermark`. */
export function lineOf({ seq, type, key, value, headers }: Pick<OutcomeFrame, 'seq' | 'type' | 'key' | 'value' | 'headers'>): string {
  const { tableId, reason, refundDue } = value;
  const said = [`#${seq}`, type, `${key}/${tableId}`, reason, refundDue === true ? 'refund' : undefined];
  return [...said, headers.closedBy === undefined ? undefined : `by ${headers.closedBy}`].filter((part) => part !== undefined).join(' ');
}
