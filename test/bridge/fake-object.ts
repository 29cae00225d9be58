import type { Outcome } from '../../src/bridge/source.ts';
import { bytesOf, decodeBridgeFrame } from '../../src/protocol/codec.ts';
import type { BridgeFrame, Hello, ObjectFrame, WireRecord } from '../../src/protocol/frames.ts';
import type { Credit, Limits } from '../../src/protocol/limits.ts';
import { CLOSE } from '../../src/protocol/sockets.ts';

/** The other end of one socket, as the object has it. */
export interface Wire {
  send(text: string): void;
  close(code: number, reason: string): void;
}

interface Socket extends Wire {
  hello: Hello | undefined;
  /** P3, counted from the outside: what is above the last `ack.next` on this socket. */
  acked: bigint;
  frames: { offsets: bigint[]; bytes: number }[];
  outcomesSent: bigint;
}

/**
 * A partition's object as the protocol has it, in memory: applies what is in order, answers `nack` to what is not, and notes everything in `log`.
 * What a bridge must not do is in `violations`. With `hold` set, frames are taken and not acknowledged until `ackAll`.
 */
export class FakeObject {
  readonly log: string[] = [];
  readonly violations: string[] = [];
  readonly records: WireRecord[] = [];
  readonly claims: { at: number; next: string }[] = [];
  readonly rejects: { seq: string; code: string }[] = [];
  credit: Credit = { records: 1_000, bytes: 1_000_000 };
  limits: Limits = { frameBytes: 10_000, batchRecords: 100, recordBytes: 2_000 };
  skew = 0;
  next: string | null = null;
  outcomeSeq = 0n;
  /** From the first unacknowledged on, in order. */
  outbox: Outcome[] = [];
  hold = false;
  answersPings = true;
  answersHello = true;
  /** Refuse at hello: an error frame, then this close code. */
  refusal: { code: string; message: string; close: number } | undefined;
  /** Swallows a `data` frame, as a lost one. */
  loses: () => boolean = () => false;
  /** Called with every claim, after it is noted. */
  onClaim: (claim: { at: number; next: string }) => void = () => undefined;
  connections = 0;
  pings = 0;
  #socket: Socket | undefined;

  get connected(): boolean {
    return this.#socket?.hello !== undefined;
  }

  get hello(): Hello | undefined {
    return this.#socket?.hello;
  }

  /** A socket has been opened; returns what it does with a text, and with its end. */
  connect(wire: Wire): { receive: (text: string) => void; ended: (code: number) => void } {
    const socket: Socket = { ...wire, hello: undefined, acked: -1n, frames: [], outcomesSent: 0n };
    this.#socket = socket;
    this.connections++;
    this.log.push('open');
    return {
      receive: (text) => this.#receive(socket, text),
      ended: (code) => {
        this.log.push(`ended ${code}`);
        if (this.#socket === socket) this.#socket = undefined;
      },
    };
  }

  say(frame: ObjectFrame): void {
    this.#socket?.send(JSON.stringify(frame));
  }

  /** Any text at all. */
  sayText(text: string): void {
    this.#socket?.send(text);
  }

  want(watermark: number): void {
    this.say({ t: 'want', watermark });
  }

  close(code: number, reason = ''): void {
    this.#socket?.close(code, reason);
  }

  /** Acknowledges up to `next`, by default all that was taken, with the credit as it is now. */
  ack(next = this.next): void {
    const socket = this.#socket;
    if (socket === undefined || next === null) return;
    socket.acked = BigInt(next);
    socket.frames = socket.frames.filter((frame) => frame.offsets.some((offset) => offset >= socket.acked));
    this.say({ t: 'ack', next, credit: this.credit });
  }

  emit(...outcomes: Outcome[]): void {
    this.outbox.push(...outcomes);
    for (const outcome of outcomes) this.#sendOutcome(outcome);
  }

  /** Sends the outbox again from the first unacknowledged, as after waking. */
  resend(): void {
    for (const outcome of this.outbox) this.#sendOutcome(outcome);
  }

  #sendOutcome(outcome: Outcome): void {
    const socket = this.#socket;
    if (socket?.hello?.outcomes !== true) return;
    if (BigInt(outcome.seq) > socket.outcomesSent) socket.outcomesSent = BigInt(outcome.seq);
    this.say({ t: 'outcome', ...outcome });
  }

  #receive(socket: Socket, text: string): void {
    if (text === 'ping') {
      this.pings++;
      if (this.answersPings) socket.send('pong');
      return;
    }
    const frame = decodeBridgeFrame(text);
    if (socket.hello === undefined && frame.t !== 'hello') this.violations.push(`${frame.t} before hello`);
    this.#take(socket, frame, bytesOf(text));
  }

  #take(socket: Socket, frame: BridgeFrame, bytes: number): void {
    switch (frame.t) {
      case 'hello':
        this.#hello(socket, frame);
        return;
      case 'data':
        this.log.push(`data ${frame.from} [${offsetsOf(frame.records)}]`);
        this.#data(socket, frame, bytes);
        return;
      case 'gap':
        this.log.push(`gap ${frame.from}-${frame.to} ${frame.reason}`);
        this.next = frame.to;
        return;
      case 'watermark':
        this.log.push(`claim ${frame.at} next ${frame.next}`);
        this.claims.push({ at: frame.at, next: frame.next });
        this.onClaim(frame);
        return;
      case 'outcomeAck':
        this.log.push(`outcomeAck ${frame.seq}`);
        if (BigInt(frame.seq) > socket.outcomesSent) this.violations.push(`outcomeAck ${frame.seq} above what was sent`);
        if (BigInt(frame.seq) > this.outcomeSeq) this.outcomeSeq = BigInt(frame.seq);
        this.outbox = this.outbox.filter(({ seq }) => BigInt(seq) > this.outcomeSeq);
        return;
      case 'outcomeReject':
        this.log.push(`outcomeReject ${frame.seq} ${frame.code}`);
        this.rejects.push({ seq: frame.seq, code: frame.code });
        return;
      case 'error':
        this.log.push(`error ${frame.code}`);
    }
  }

  #hello(socket: Socket, hello: Hello): void {
    if (socket.hello !== undefined) this.violations.push('a second hello');
    socket.hello = hello;
    this.log.push('hello');
    if (this.refusal !== undefined) {
      const { code, message, close } = this.refusal;
      this.say({ t: 'error', code, message });
      socket.close(close, code);
      return;
    }
    if (!this.answersHello) return;
    socket.acked = this.next === null ? -1n : BigInt(this.next);
    socket.outcomesSent = this.outcomeSeq;
    this.say({ t: 'welcome', next: this.next, outcomeSeq: String(this.outcomeSeq), credit: this.credit, limits: this.limits, skew: this.skew });
    this.resend();
  }

  #data(socket: Socket, { from, records }: Extract<BridgeFrame, { t: 'data' }>, bytes: number): void {
    if (records.length > this.limits.batchRecords) this.violations.push(`${records.length} records in a frame`);
    if (bytes > this.limits.frameBytes) this.violations.push(`a frame of ${bytes} bytes`);
    const offsets = records.map((record) => BigInt(record.offset));
    if (offsets.some((offset, i) => offset < (offsets[i - 1] ?? BigInt(from)))) this.violations.push('offsets do not rise');
    if (this.loses()) {
      this.log.push('lost');
      return;
    }
    if (this.next !== null && BigInt(from) > BigInt(this.next)) {
      this.say({ t: 'nack', expected: this.next });
      return;
    }
    socket.frames.push({ offsets, bytes });
    const out = socket.frames.flatMap((sent) => sent.offsets).filter((offset) => offset >= socket.acked).length;
    const outBytes = socket.frames.reduce((sum, sent) => sum + sent.bytes, 0);
    if (out > this.credit.records || outBytes > this.credit.bytes) {
      this.violations.push(`over credit: ${out} records, ${outBytes} bytes`);
      socket.close(CLOSE.overCredit, 'over credit');
      return;
    }
    for (const record of records) {
      if (this.next !== null && BigInt(record.offset) < BigInt(this.next)) continue;
      this.records.push(record);
      this.next = String(BigInt(record.offset) + 1n);
    }
    this.next ??= from;
    if (!this.hold) this.ack();
  }
}

export function outcome(seq: number, id = `outcome-${seq}`): Outcome {
  return {
    seq: String(seq),
    id,
    revision: 1,
    final: true,
    type: 'ReservationConfirmed',
    key: 'ada-1',
    value: { type: 'ReservationConfirmed', customerId: 'ada-1' },
    timestamp: 1_000,
    headers: { id, type: 'ReservationConfirmed', closedBy: 'watermark' },
  };
}

function offsetsOf(records: readonly WireRecord[]): string {
  const [first, last] = [records[0]?.offset, records.at(-1)?.offset];
  return first === last ? `${first}` : `${first}-${last}`;
}
