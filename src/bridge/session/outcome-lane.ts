import { messageOf, OrielError } from '../../core/errors.ts';
import type { BridgeFrame, OutcomeFrame } from '../../protocol/frames.ts';
import { OUTCOMES_IN_FLIGHT } from '../../protocol/limits.ts';
import type { Backoff } from '../backoff.ts';
import { Pulse } from '../pulse.ts';
import type { Outcome, Sink } from '../source.ts';
import type { Time } from '../time.ts';

const BATCH = 500;

export interface OutcomeLaneOptions {
  readonly sink: Sink;
  readonly time: Time;
  readonly backoff: Backoff;
  readonly log: (line: string) => void;
  /** Told of outcomes that the sink has taken or refused. */
  readonly onSettled: (outcomes: number) => void;
}

type OutcomeAnswer = Extract<BridgeFrame, { t: 'outcomeAck' | 'outcomeReject' }>;

/**
 * Outcomes of one partition on their way to the sink, in `seq` order. It outlives sockets: what was settled (stored or refused) in this process is
 * never given to the sink again, only answered again. At most 1,000 wait (P3).
 */
export class OutcomeLane {
  readonly #options: OutcomeLaneOptions;
  readonly #changed = new Pulse();
  #send: ((frame: OutcomeAnswer) => void) | undefined;
  #queue: Outcome[] = [];
  #settled = 0n;
  /** Highest `seq` settled or queued. */
  #taken = 0n;
  /** Highest `seq` seen on this socket: no higher one may be acknowledged on it. */
  #seen = 0n;
  #refused = new Map<bigint, { readonly code: string; readonly message: string }>();
  /** Counts histories: an object that has lost its state begins another. */
  #history = 0;
  #delivering = false;
  /** The failure that was told last; each is told once. */
  #said = '';
  #closing = new AbortController();

  constructor(options: OutcomeLaneOptions) {
    this.#options = options;
  }

  /** A socket is there; `outcomeSeq` as its `welcome` says. `anew`: the object has lost what it had, its sequence means others now. */
  attach(outcomeSeq: string, anew: boolean, send: (frame: OutcomeAnswer) => void): void {
    const acknowledged = BigInt(outcomeSeq);
    if (anew) {
      this.#history++;
      this.#queue = [];
      this.#refused.clear();
      this.#settled = acknowledged;
      this.#taken = acknowledged;
    } else {
      this.#queue = this.#queue.filter((outcome) => BigInt(outcome.seq) > acknowledged);
      for (const seq of this.#refused.keys()) if (seq <= acknowledged) this.#refused.delete(seq);
      if (acknowledged > this.#settled) this.#settled = acknowledged;
      if (acknowledged > this.#taken) this.#taken = acknowledged;
    }
    this.#seen = acknowledged;
    this.#send = send;
  }

  /** @throws OrielError `BAD_FRAME` where the sequence has a gap, `OVER_CREDIT` where more than 1,000 are out. */
  accept({ t: _, ...outcome }: OutcomeFrame): void {
    const seq = BigInt(outcome.seq);
    if (seq > this.#seen + 1n) throw new OrielError('BAD_FRAME', `Outcome ${seq} came after ${this.#seen}: outcomes come in seq order without gaps.`);
    if (seq > this.#seen) this.#seen = seq;
    if (seq <= this.#settled) this.#answerAgain(seq);
    else if (seq > this.#taken) {
      if (this.#queue.length >= OUTCOMES_IN_FLIGHT)
        throw new OrielError('OVER_CREDIT', `More than ${OUTCOMES_IN_FLIGHT} outcomes are unacknowledged: that is the most in flight.`);
      this.#taken = seq;
      this.#queue.push(outcome);
      this.#changed.beat();
    }
  }

  /** Nothing is queued or with the sink. */
  get idle(): boolean {
    return this.#queue.length === 0 && !this.#delivering;
  }

  async emptied(): Promise<void> {
    while (!this.idle && !this.#closing.signal.aborted) await this.#changed.wait();
  }

  /** Delivers until `close`. Rejects with what the sink throws for good; other failures are tried again with back-off. */
  async run(): Promise<void> {
    while (!this.#closing.signal.aborted) {
      if (this.#queue.length === 0) {
        await this.#changed.wait();
        continue;
      }
      const history = this.#history;
      const batch = this.#queue.slice(0, BATCH);
      this.#delivering = true;
      try {
        const deliveries = await this.#options.sink.deliver(batch);
        this.#options.backoff.reset();
        this.#said = '';
        if (history === this.#history) this.#settle(batch, deliveries);
      } catch (error) {
        if (error instanceof OrielError && !error.retryable) throw error;
        const waitMs = this.#options.backoff.next();
        const line = `The sink failed and is tried again: ${messageOf(error)}`;
        if (line !== this.#said) this.#options.log(line);
        this.#said = line;
        await this.#options.time.sleep(waitMs, this.#closing.signal);
      } finally {
        this.#delivering = false;
        this.#changed.beat();
      }
    }
  }

  close(): void {
    this.#closing.abort();
    this.#changed.beat();
  }

  #settle(batch: readonly Outcome[], deliveries: Awaited<ReturnType<Sink['deliver']>>): void {
    const last = BigInt((batch.at(-1) as Outcome).seq);
    this.#queue = this.#queue.filter((outcome) => BigInt(outcome.seq) > last);
    batch.forEach((outcome, i) => {
      const delivery = deliveries[i];
      if (delivery === undefined || delivery.stored) return;
      const seq = BigInt(outcome.seq);
      this.#refused.set(seq, delivery);
      this.#acknowledge(seq - 1n);
      this.#answerRefused(seq);
      this.#options.log(`The sink refused outcome ${outcome.id} (seq ${outcome.seq}): ${delivery.code}, ${delivery.message}`);
    });
    if (last > this.#settled) this.#settled = last;
    this.#acknowledge(last);
    this.#options.onSettled(batch.length);
  }

  #answerAgain(seq: bigint): void {
    this.#answerRefused(seq);
    this.#acknowledge(seq);
  }

  #answerRefused(seq: bigint): void {
    const refusal = this.#refused.get(seq);
    if (refusal === undefined || seq > this.#seen) return;
    this.#send?.({ t: 'outcomeReject', seq: String(seq), code: refusal.code.slice(0, 100), message: refusal.message.slice(0, 10_000) });
  }

  /** Cumulative, and never above what this socket has brought. */
  #acknowledge(seq: bigint): void {
    const upTo = seq < this.#seen ? seq : this.#seen;
    if (upTo > 0n) this.#send?.({ t: 'outcomeAck', seq: String(upTo) });
  }
}
