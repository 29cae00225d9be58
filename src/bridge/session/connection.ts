import { messageOf, OrielError } from '../../core/errors.ts';
import { compareOffsets } from '../../core/record.ts';
import { decodeObjectFrame } from '../../protocol/codec.ts';
import { encode } from '../../protocol/frame-text.ts';
import type { BridgeFrame, Claim, ObjectFrame, Welcome } from '../../protocol/frames.ts';
import { HELLO_TIMEOUT_MS } from '../../protocol/limits.ts';
import { CLOSE } from '../../protocol/sockets.ts';
import type { SourcePartition } from '../source.ts';
import type { Time } from '../time.ts';
import { Claims } from './claims.ts';
import type { OutcomeLane } from './outcome-lane.ts';
import { Sender } from './sender.ts';
import type { SessionState } from './state.ts';
import type { Dial, Ended, Transport } from './transport.ts';

const PING_EVERY_MS = 20_000;
const PONG_WITHIN_MS = 10_000;
/** Data is out and not one `ack` came: longer than a customer may fail before it is parked (30 s, D11). */
const SILENT_AFTER_MS = 60_000;
/** Rejected records told to people one by one. */
const REJECTS_SHOWN = 20;

export interface Identity {
  /** Names this bridge: the same one may come again with an equal epoch and generation (P5). */
  readonly bridge: string;
  readonly epoch: number;
}

export interface ConnectionOptions {
  readonly identity: Identity;
  readonly partition: SourcePartition;
  /** Absent where the bridge takes no outcomes. */
  readonly lane: OutcomeLane | undefined;
  readonly state: SessionState;
  readonly time: Time;
  readonly dial: Dial;
  readonly log: (line: string) => void;
  /** The two sides get on: an `ack` or an outcome `'moved'` things, or a ping found the other side `'alive'`. */
  readonly onProgress: (what: 'moved' | 'alive') => void;
}

/** How one connection ended: by the other side, by what it said before in an error frame, or because of a fault of ours. */
export interface ConnectionEnd {
  readonly ended: Ended;
  /** The last `error` frame of the object. */
  readonly error?: { readonly code: string; readonly message: string };
  /** What the source threw, or the protocol fault found on this side. */
  readonly fault?: unknown;
}

/** One socket from the dialling to its end: hello, welcome, then data, claims and outcomes side by side. */
export class Connection {
  readonly #options: ConnectionOptions;
  readonly #over = new AbortController();
  #resolve: (end: ConnectionEnd) => void = () => undefined;
  #transport: Transport | undefined;
  #sender: Sender | undefined;
  #claims: Claims | undefined;
  #error: ConnectionEnd['error'];
  #fault: unknown;
  #heard = true;
  #lastAckAt = 0;

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  /** Dials, and resolves when the connection is over. Called once. */
  run(): Promise<ConnectionEnd> {
    return new Promise((resolve) => {
      this.#resolve = resolve;
      this.#transport = this.#options.dial({
        open: () => this.#attempt(this.#hello()),
        text: (text) => this.#receive(text),
        ended: (ended) => this.#finish(ended),
      });
    });
  }

  /** The object has welcomed us, and the socket stands. */
  get welcomed(): boolean {
    return this.#sender !== undefined && !this.#over.signal.aborted;
  }

  /** The instant that the object waits for a claim of, if any. */
  get wanted(): number | undefined {
    return this.#over.signal.aborted ? undefined : this.#claims?.wanted;
  }

  /** Sends no more data, and resolves once all that is out is acknowledged. */
  async drain(): Promise<void> {
    this.#sender?.pause();
    await this.#sender?.emptied();
  }

  close(code: number, reason: string): void {
    this.#transport?.close(code, reason);
  }

  async #hello(): Promise<void> {
    const { identity, partition, lane, time } = this.#options;
    this.#attempt(this.#awaitWelcome());
    // Whoever has fed the partition until now may have sent more since the log was looked at: an end before that would be taken for a log that was cut.
    await partition.endAt(this.#over.signal);
    this.#send({
      t: 'hello',
      bridge: identity.bridge,
      mode: partition.mode,
      epoch: identity.epoch,
      generation: partition.generation,
      incarnation: partition.incarnation,
      start: partition.start,
      end: partition.end,
      partitions: partition.partitions,
      outcomes: lane !== undefined,
      now: time.now(),
    });
  }

  async #awaitWelcome(): Promise<void> {
    await this.#options.time.sleep(HELLO_TIMEOUT_MS, this.#over.signal);
    if (this.#sender === undefined && !this.#over.signal.aborted) this.#drop(`no welcome within ${HELLO_TIMEOUT_MS / 1_000} s`);
  }

  #receive(text: string): void {
    if (this.#over.signal.aborted || this.#fault !== undefined) return;
    // Any word will do: an object that is busy with acks is there.
    this.#heard = true;
    if (text === 'pong') return;
    try {
      this.#take(decodeObjectFrame(text));
    } catch (error) {
      this.#fail(error, error instanceof OrielError && error.code === 'OVER_CREDIT' ? CLOSE.overCredit : CLOSE.badFrame);
    }
  }

  #take(frame: ObjectFrame): void {
    const { lane, log, onProgress, state } = this.#options;
    if (frame.t === 'error') {
      this.#error = { code: frame.code, message: frame.message };
      return;
    }
    if (frame.t === 'welcome') {
      this.#welcome(frame);
      return;
    }
    if (this.#sender === undefined || this.#claims === undefined) throw new OrielError('BAD_FRAME', `A ${frame.t} came before the welcome.`);
    switch (frame.t) {
      case 'ack':
        this.#lastAckAt = this.#options.time.now();
        state.acknowledged += this.#sender.acknowledged(frame.next, frame.credit);
        this.#passed(frame.next);
        if (state.moveTo(frame.next)) onProgress('moved');
        return;
      case 'nack':
        log(`The object misses what follows offset ${frame.expected}: going back to it.`);
        this.#sender.refused(frame.expected);
        return;
      case 'want':
        this.#claims.want(frame.watermark);
        return;
      case 'reject':
        if (++state.rejected <= REJECTS_SHOWN)
          log(`The record at offset ${frame.offset} was rejected and is a dead letter: ${frame.code}, ${frame.message}`);
        if (state.rejected === REJECTS_SHOWN) log('Further ones are counted and not shown: the dead letters of the partition list them.');
        state.onReject?.();
        return;
      case 'outcome':
        onProgress('moved');
        lane?.accept(frame);
    }
  }

  #welcome(welcome: Welcome): void {
    if (this.#sender !== undefined) throw new OrielError('BAD_FRAME', 'A second welcome came on one socket.');
    const { lane, log, partition, state, time } = this.#options;
    const anew = state.next !== undefined && (welcome.next === null || compareOffsets(welcome.next, state.next) < 0);
    if (anew) state.claim = undefined;
    log(
      `Connected: the object wants ${welcome.next === null ? 'the first record' : `offset ${welcome.next}`}${anew ? ', less than it had acknowledged before' : ''}.`,
    );
    if (welcome.next !== null) state.acknowledged += state.left?.acknowledged(welcome.next, welcome.credit) ?? 0;
    state.next = welcome.next ?? undefined;
    state.passed = state.next;
    if (welcome.next !== null) partition.committed(welcome.next);
    lane?.attach(welcome.outcomeSeq, anew, (frame) => this.#send(frame));
    this.#lastAckAt = time.now();
    const sender = new Sender({
      ...{ partition, time, welcome },
      send: (text) => this.#sendText(text),
      onSent: (records) => this.#sent(records),
      onPassed: () => this.#passed(),
    });
    const claims = new Claims({ partition, time, sender, skew: welcome.skew, inForce: state.claim, send: (claim) => this.#claim(claim) });
    this.#sender = sender;
    this.#claims = claims;
    this.#attempt(sender.run());
    this.#attempt(claims.run());
    this.#attempt(this.#keepAlive());
  }

  /** P2. The end of a log can hold no record (markers of transactions, aborted ones): no `ack` will ever tell that it was passed. */
  #passed(acknowledged?: string): void {
    const { partition, state } = this.#options;
    const next = this.#sender?.passed ?? acknowledged;
    if (next === undefined || (state.passed !== undefined && compareOffsets(next, state.passed) <= 0)) return;
    state.passed = next;
    partition.committed(next);
  }

  #sent(records: number): void {
    this.#options.state.sent += records;
    // The silence that counts begins when something goes out after nothing was.
    if (this.#sender?.inFlight.records === records) this.#lastAckAt = this.#options.time.now();
  }

  #claim(claim: Claim): void {
    const { state, partition } = this.#options;
    this.#send(claim);
    state.claims++;
    if (partition.mode === 'replay') state.claim = claim;
  }

  /** P7: the object answers without waking. */
  async #keepAlive(): Promise<void> {
    const { time } = this.#options;
    while (!this.#over.signal.aborted) {
      await time.sleep(PING_EVERY_MS - PONG_WITHIN_MS, this.#over.signal);
      this.#heard = false;
      this.#sendText('ping');
      await time.sleep(PONG_WITHIN_MS, this.#over.signal);
      if (this.#over.signal.aborted) return;
      if (!this.#heard) return this.#drop(`no pong within ${PONG_WITHIN_MS / 1_000} s`);
      this.#options.onProgress('alive');
      if ((this.#sender?.inFlight.records ?? 0) > 0 && time.now() - this.#lastAckAt >= SILENT_AFTER_MS)
        return this.#drop(`nothing was acknowledged for ${SILENT_AFTER_MS / 1_000} s`);
    }
  }

  /** Runs one of the loops; what it throws ends the connection. */
  #attempt(loop: Promise<void>): void {
    loop.catch((error: unknown) => this.#fail(error, CLOSE.goingAway));
  }

  #fail(error: unknown, code: number): void {
    if (this.#over.signal.aborted || this.#fault !== undefined) return;
    this.#fault = error;
    if (code !== CLOSE.goingAway) {
      const about = error instanceof OrielError ? error.code : 'INTERNAL';
      this.#send({ t: 'error', code: about, message: messageOf(error) });
    }
    this.#transport?.close(code, code === CLOSE.goingAway ? 'the source failed' : 'protocol fault');
    this.#stopLoops();
  }

  #drop(why: string): void {
    this.#transport?.drop(why);
  }

  #send(frame: BridgeFrame): void {
    this.#sendText(encode(frame));
  }

  #sendText(text: string): void {
    if (!this.#over.signal.aborted) this.#transport?.send(text);
  }

  #stopLoops(): void {
    this.#sender?.close();
    this.#claims?.close();
  }

  #finish(ended: Ended): void {
    this.#over.abort();
    this.#stopLoops();
    if (this.#sender !== undefined) this.#options.state.left = this.#sender;
    this.#resolve({
      ended,
      ...(this.#error === undefined ? {} : { error: this.#error }),
      ...(this.#fault === undefined ? {} : { fault: this.#fault }),
    });
  }
}
