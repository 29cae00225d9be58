import { decodeObjectFrame } from '../../../src/protocol/codec.ts';
import { encode } from '../../../src/protocol/frame-text.ts';
import type { BridgeFrame, Hello, ObjectFrame, OutcomeFrame, WireRecord } from '../../../src/protocol/frames.ts';
import { INGEST_PROTOCOL } from '../../../src/protocol/sockets.ts';
import type { EventLine } from '../../support/events.ts';
import { Peer } from './peer.ts';
import { TOPIC } from './stage.ts';

/** A bridge by hand: speaks `oriel.v1`, or breaks it, frame by frame. */
export class Bridge extends Peer<ObjectFrame> {
  /** The offset after the last record sent by `data`. */
  sent = 0n;
  /** Frames sent that are answered with an `ack` each, unless one of them is refused. */
  owed = 0;

  /** A socket that has not said anything yet. */
  static async open(topic = TOPIC): Promise<Bridge> {
    return new Bridge(await Peer.upgrade(`/v1/ingest/${topic}/0`, INGEST_PROTOCOL), decodeObjectFrame);
  }

  /** A socket that has said hello and was welcomed. */
  static async connect(hello: Partial<Hello> = {}, topic = TOPIC): Promise<Bridge> {
    const bridge = await Bridge.open(topic);
    bridge.send(helloOf(hello));
    const { next } = await bridge.next('welcome');
    bridge.sent = BigInt(next ?? 0);
    return bridge;
  }

  get welcome(): Extract<ObjectFrame, { t: 'welcome' }> {
    const [welcome] = this.all('welcome');
    if (welcome === undefined) throw new Error('It was not welcomed.');
    return welcome;
  }

  send(frame: BridgeFrame): void {
    if (frame.t === 'data' || frame.t === 'gap') this.owed++;
    this.say(encode(frame));
  }

  /** Sends events in one frame, from where the last one ended. */
  post(...events: readonly EventLine<unknown>[]): void {
    const from = this.sent;
    this.sent += BigInt(events.length);
    this.send({ t: 'data', from: String(from), records: recordsAt(from, events) });
  }

  /** The same, and waits until they are durable. */
  async data(...events: readonly EventLine<unknown>[]): Promise<void> {
    this.post(...events);
    await this.acked();
  }

  /** Claims to have sent everything up to an instant. */
  claim(instant: number): void {
    this.send({ t: 'watermark', at: instant, next: String(this.sent) });
  }

  /** The same, and waits until it is settled. */
  async claimed(instant: number): Promise<void> {
    this.claim(instant);
    await this.handled();
  }

  /** Waits until everything sent so far has been handled, and what came of it was sent: an empty frame is acknowledged in its turn. */
  async handled(): Promise<void> {
    this.send({ t: 'data', from: String(this.sent), records: [] });
    await this.until(`${this.owed} acknowledgements`, () => (this.all('ack').length >= this.owed ? true : undefined));
  }

  /** Waits for the acknowledgement of everything sent. */
  async acked(): Promise<void> {
    await this.until(`ack ${this.sent}`, () => this.all('ack').find(({ next }) => next === String(this.sent)));
  }

  /** Every outcome received, in order. */
  get outcomes(): OutcomeFrame[] {
    return this.all('outcome');
  }

  /** The error that the object told before it closed, and the code it closed with. */
  async refusal(): Promise<{ readonly close: number; readonly code: string | undefined; readonly message: string }> {
    const { code: close, reason } = await this.closed;
    const last = this.frames.at(-1);
    const { code, message } = last?.t === 'error' ? last : { code: undefined, message: reason };
    return { close, code, message };
  }
}

export function helloOf(hello: Partial<Hello> = {}): Hello {
  const log = { incarnation: 'log-1', start: '0', end: '9223372036854775807', partitions: 1 };
  return { t: 'hello', bridge: 'b1', mode: 'live', epoch: 0, generation: 1, ...log, outcomes: true, now: Date.now(), ...hello };
}

/** Events as records with rising offsets. */
export function recordsAt(from: bigint | number, events: readonly EventLine<unknown>[]): WireRecord[] {
  return events.map((event, i) => ({ offset: String(BigInt(from) + BigInt(i)), ...event }));
}

/** An outcome in a line: `#1 ReservationCancelled c1/t1 PAYMENT_TIMED_OUT by watermark`. */
export function lineOf({ seq, type, key, value, headers }: Pick<OutcomeFrame, 'seq' | 'type' | 'key' | 'value' | 'headers'>): string {
  const parts = [`#${seq}`, type, `${key}/${value.tableId}`, value.reason, headers.closedBy === undefined ? undefined : `by ${headers.closedBy}`];
  return parts.filter((part) => part !== undefined).join(' ');
}
