import WebSocket from 'ws';
import type { ObjectFrame } from '../../src/protocol/frames.ts';
import { INGEST_PROTOCOL } from '../../src/protocol/sockets.ts';
import type { EventLine } from '../support/events.ts';
import { helloFrame } from '../support/wire.ts';

const TOPIC = 'customer-events';

/** Records of a data frame, and frames in flight: as much as the credit of 5,000 records allows. */
export const FRAME_RECORDS = 100;
const FRAMES_IN_FLIGHT = 50;

export interface IngestClientOptions {
  readonly url: string;
  readonly token: string;
  /** Takes outcomes: told of each, and acknowledges nothing by itself. */
  readonly onOutcome?: (frame: { readonly seq: string; readonly key: string; readonly value: unknown }) => void;
  /** Answers `want` as a bridge that is caught up does: by a claim at that instant, with its clock then. */
  readonly claims?: boolean;
}

/** A bridge that does nothing but keep the credit full: frames are made before, and nothing is judged. */
export class IngestClient {
  readonly #socket: WebSocket;
  readonly #options: IngestClientOptions;
  #claim: NodeJS.Timeout | undefined;
  #next = 0;
  #acked = 0;
  #onAck: () => void = () => undefined;
  #failed: Error | undefined;

  private constructor(socket: WebSocket, options: IngestClientOptions) {
    this.#socket = socket;
    this.#options = options;
    socket.on('message', (data) => this.#hear(String(data)));
    socket.on('error', (error) => this.#fail(error));
    socket.on('close', (code, reason) => this.#fail(new Error(`The socket closed: ${code} ${reason}`)));
  }

  /** Opens the socket of a partition that has never had a record, and says hello. */
  static async open(options: IngestClientOptions): Promise<IngestClient> {
    const { url, token, onOutcome } = options;
    const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/v1/ingest/${TOPIC}/0`, INGEST_PROTOCOL, {
      headers: { Authorization: `Bearer ${token}` },
      perMessageDeflate: false,
    });
    const client = new IngestClient(socket, options);
    const welcomed = new Promise<void>((resolve, reject) => {
      socket.once('message', () => resolve());
      socket.once('close', () => reject(client.#failed));
    });
    await new Promise<void>((resolve, reject) => {
      socket.once('open', () => resolve());
      socket.once('error', reject);
    });
    socket.send(JSON.stringify(helloFrame({ outcomes: onOutcome !== undefined })));
    await welcomed;
    return client;
  }

  /** Sends records in frames of 100, and waits until the last is acknowledged. Gives acknowledged records per second. */
  async send(events: readonly EventLine[]): Promise<number> {
    const frames = this.#frames(events);
    const start = performance.now();
    const acked = new Promise<void>((resolve, reject) => {
      let sent = 0;
      this.#onAck = () => {
        if (this.#failed !== undefined) return reject(this.#failed);
        if (this.#acked === this.#next) return resolve();
        const done = frames.findIndex(({ end }) => end > this.#acked);
        while (sent < frames.length && sent - done < FRAMES_IN_FLIGHT) this.#socket.send(frames[sent++]?.text ?? '');
      };
      this.#onAck();
    });
    await acked;
    return (events.length / (performance.now() - start)) * 1_000;
  }

  acknowledgeOutcomes(seq: string): void {
    this.#socket.send(JSON.stringify({ t: 'outcomeAck', seq }));
  }

  close(): void {
    clearTimeout(this.#claim);
    this.#socket.removeAllListeners('close').close(1000);
  }

  #frames(events: readonly EventLine[]): { readonly text: string; readonly end: number }[] {
    const frames: { text: string; end: number }[] = [];
    for (let i = 0; i < events.length; i += FRAME_RECORDS) {
      const from = this.#next;
      const records = events.slice(i, i + FRAME_RECORDS).map((event) => ({ offset: String(this.#next++), ...event }));
      frames.push({ text: JSON.stringify({ t: 'data', from: String(from), records }), end: this.#next });
    }
    return frames;
  }

  #hear(text: string): void {
    const frame = JSON.parse(text) as ObjectFrame;
    if (frame.t === 'reject' || frame.t === 'nack' || frame.t === 'error') this.#failed = new Error(`Not acknowledged: ${text}`);
    if (frame.t === 'outcome') this.#options.onOutcome?.(frame);
    if (frame.t === 'want' && this.#options.claims === true) this.#claimAt(frame.watermark);
    if (frame.t === 'ack') this.#acked = Number(frame.next);
    this.#onAck();
  }

  #claimAt(watermark: number): void {
    clearTimeout(this.#claim);
    this.#claim = setTimeout(
      () => {
        const now = Date.now();
        // A timer can ring a moment early.
        if (now < watermark) this.#claimAt(watermark);
        else this.#socket.send(JSON.stringify({ t: 'watermark', at: now, next: String(this.#next) }));
      },
      Math.max(0, watermark - Date.now()),
    );
  }

  #fail(error: Error): void {
    this.#failed ??= error;
    this.#onAck();
  }
}
