import { OrielError } from '../src/core/errors.ts';
import { compareOffsets } from '../src/core/record.ts';
import { bytesOf, decodeBridgeFrame } from '../src/protocol/codec.ts';
import type { BridgeFrame, Data, Gap, Hello, WireRecord } from '../src/protocol/frames.ts';
import { CREDIT, LIMITS } from '../src/protocol/limits.ts';
import type { LiveLate } from '../src/protocol/live.ts';
import type { DeadLetter } from './api.ts';
import { Claims, type ClaimsPort } from './claims.ts';
import { lateOf } from './dead-letters.ts';
import type { Item } from './fanout.ts';
import { admitHello } from './fencing.ts';
import { type FlyingFrame, InFlight } from './in-flight.ts';
import { bump } from './ledger.ts';
import { log } from './log.ts';
import { isSameLog, leaveLog, logNameOf } from './log-identity.ts';
import type { Outbox } from './outbox.ts';
import type { Peer, Refusal } from './peer.ts';
import { rawOf, rejectLetter, withoutDepth } from './wire-record.ts';

/** What the protocol asks of the partition it serves. */
export interface IngestPort extends ClaimsPort {
  readonly partition: number;
  readonly outbox: Outbox;
  /** Shows the viewers records that were rejected here. */
  showLate(lates: readonly LiveLate[]): void;
}

/** A frame to be handled in its turn. */
export interface Arrived {
  readonly frame: BridgeFrame;
  /** What it takes of the credit, until it is handled. */
  readonly flying?: FlyingFrame;
}

/**
 * The object's side of `oriel.v1`, for whichever peer is connected. Frames come in by `arrive`, which judges their form at once, and are `handle`d one at a time (D2).
 */
export class Ingest {
  readonly #port: IngestPort;
  /** By peer. Empty after hibernation, as is every queue then. */
  readonly #inFlight = new WeakMap<Peer, InFlight>();
  readonly claims: Claims;

  constructor(port: IngestPort) {
    this.#port = port;
    this.claims = new Claims(port);
  }

  /** Judges a message before it queues: form, size, credit. Refuses the peer and gives nothing where it breaks a rule. */
  arrive(peer: Peer, message: string | ArrayBuffer): Arrived | undefined {
    const { state } = peer;
    if (!peer.isOpen) return undefined;
    if (typeof message !== 'string') return refuseFrame(peer, 'badFrame', 'BAD_FRAME', 'Frames are JSON text, this one is binary.');
    const bytes = message.length > LIMITS.frameBytes ? message.length : bytesOf(message);
    if (bytes > LIMITS.frameBytes) {
      return refuseFrame(peer, 'tooLarge', 'TOO_LARGE', `A frame has at most ${LIMITS.frameBytes} bytes.`);
    }
    let frame: BridgeFrame;
    try {
      frame = decodeBridgeFrame(message);
    } catch (error) {
      return refuseFrame(peer, 'badFrame', 'BAD_FRAME', error instanceof OrielError ? error.message : 'The frame cannot be read.');
    }
    if ((state.bridge === null) !== (frame.t === 'hello')) {
      return refuseFrame(peer, 'badFrame', 'BAD_FRAME', frame.t === 'hello' ? 'A second hello.' : 'The first frame is hello.');
    }
    if (frame.t === 'hello') peer.amend({ bridge: frame.bridge });
    if (frame.t !== 'data') return { frame };
    const fault = faultOf(frame);
    if (fault !== undefined) return refuseFrame(peer, fault.close, fault.close === 'tooLarge' ? 'TOO_LARGE' : 'BAD_FRAME', fault.message);
    return this.#charge(peer, frame, state.acked, bytes);
  }

  async handle(peer: Peer, { frame, flying }: Arrived): Promise<void> {
    try {
      await this.#take(peer, frame);
    } finally {
      if (flying !== undefined) this.#inFlight.get(peer)?.remove(flying);
    }
  }

  #charge(peer: Peer, frame: Data, acked: string | null, size: number): Arrived | undefined {
    const inFlight = this.#inFlight.get(peer) ?? new InFlight();
    this.#inFlight.set(peer, inFlight);
    const flying = { offsets: frame.records.map(({ offset }) => offset), bytes: size };
    inFlight.add(flying);
    const { records, bytes } = inFlight.sum(acked);
    if (records <= CREDIT.records && bytes <= CREDIT.bytes) return { frame, flying };
    const rule = `the credit is ${CREDIT.records} and ${CREDIT.bytes}`;
    return refuseFrame(peer, 'overCredit', 'OVER_CREDIT', `${records} records and ${bytes} bytes are unacknowledged; ${rule}.`);
  }

  async #take(peer: Peer, frame: BridgeFrame): Promise<void> {
    // A peer that was refused while its frames were queued.
    if (frame.t === 'hello' ? !peer.isOpen : !peer.state.active) return;
    switch (frame.t) {
      case 'hello':
        return this.#hello(peer, frame);
      case 'data':
        return this.#data(peer, frame);
      case 'gap':
        return this.#gap(peer, frame);
      case 'watermark':
        return this.claims.take(peer, frame);
      case 'outcomeAck':
        return this.#relieve(peer, (outbox) => outbox.acknowledge(peer, frame.seq));
      case 'outcomeReject':
        return this.#relieve(peer, (outbox) => outbox.reject(peer, frame));
      case 'error':
        log('warn', 'the bridge reports an error', { ...this.#name(peer), code: frame.code, error: frame.message.slice(0, 500) });
    }
  }

  async #hello(peer: Peer, hello: Hello): Promise<void> {
    const { ledger, now, bridges } = this.#port;
    const { meta } = ledger;
    const refused = admitHello(hello, meta, this.#port.topology.time.mode);
    if (refused !== undefined) return peer.refuse(refused.close, refused.code, refused.message);
    const skew = now() - hello.now;
    const isReplaced = meta.reset && !isSameLog(hello, meta);
    if (isReplaced && meta.next !== null) await this.#port.feed.gap();
    const change = await this.#port.joint.afterHello(hello.partitions);
    ledger.transaction(() => {
      if (isReplaced) leaveLog(this.#port, hello);
      meta.reset = false;
      meta.change = change;
      meta.incarnation = hello.incarnation;
      meta.partitions = hello.partitions;
      meta.fence = { epoch: hello.epoch, generation: hello.generation, bridge: hello.bridge };
      meta.skewMs = -skew;
    });
    for (const other of bridges()) {
      if (other === peer || !other.state.active) continue;
      const message = `Bridge ${hello.bridge.slice(0, 60)} took over with epoch ${hello.epoch}, generation ${hello.generation}.`;
      other.refuse('superseded', 'SUPERSEDED', message);
    }
    peer.amend({ active: true, outcomes: hello.outcomes, acked: meta.next, sentSeq: meta.acked });
    const { epoch, generation, incarnation } = hello;
    log('info', 'a bridge was admitted', { ...this.#name(peer), epoch, generation, incarnation, next: meta.next, skewMs: meta.skewMs });
    peer.send({ t: 'welcome', next: meta.next, outcomeSeq: String(meta.acked), credit: this.#port.outbox.credit(), limits: LIMITS, skew });
    await this.#port.feed.connected();
  }

  async #data(peer: Peer, { from, records }: Data): Promise<void> {
    const { ledger, topology, feed, joint } = this.#port;
    if (this.#isAhead(peer, from)) return;
    if (records.length > 0 && joint.takesNothing) await this.#wait(peer);
    const next = ledger.meta.next as string;
    let rest = records.filter(({ offset }) => compareOffsets(offset, next) >= 0).map(withoutDepth);
    const duplicates = records.length - rest.length;
    for (;;) {
      // A claim that waits is in force before the record at its `next` (T5): where frames begin and end is no input (R6).
      const [claim] = peer.state.waitingClaims;
      const cut = claim === undefined ? -1 : rest.findIndex(({ offset }) => compareOffsets(offset, claim.next) >= 0);
      if (claim === undefined || cut < 0) break;
      await this.#fold(peer, rest.slice(0, cut), claim.next);
      await this.claims.takeWaiting(peer);
      rest = rest.slice(cut);
    }
    const last = rest.at(-1);
    if (last !== undefined) await this.#fold(peer, rest, String(BigInt(last.offset) + 1n));
    if (duplicates > 0) ledger.transaction(() => bump(ledger.meta.records, 'duplicate/', duplicates));
    this.#ack(peer);
    if (topology.time.mode === 'stream') await feed.settle();
    await this.claims.takeWaiting(peer);
  }

  /** A partition that is new to its topic takes nothing until all others have read what is old (P10). @throws OrielError `UNAVAILABLE` where that is not so yet. */
  async #wait(peer: Peer): Promise<void> {
    const { joint } = this.#port;
    await joint.advance(undefined);
    if (!joint.takesNothing) return;
    this.#ack(peer);
    throw new OrielError('UNAVAILABLE', joint.reason(undefined) ?? '', { retryable: true });
  }

  /** Has records folded, or keeps them as dead letters and says so; `next` becomes durable with that. */
  async #fold(peer: Peer, records: readonly WireRecord[], next: string): Promise<void> {
    const { ledger, topology, topic, partition, feed, now, showLate } = this.#port;
    const { meta } = ledger;
    const incarnation = logNameOf(meta);
    const sourceOf = ({ offset }: WireRecord) => ({ topic, partition, offset, incarnation });
    const refused: { record: WireRecord; code: string; message: string }[] = [];
    const letters: Omit<DeadLetter, 'seq'>[] = [];
    const taken: WireRecord[] = [];
    const items: Item[] = [];
    let greatest = meta.watermarks[topic];
    for (const record of records) {
      const parsed = topology.parse(rawOf(record, sourceOf(record)), now());
      if (!parsed.ok) {
        refused.push({ record, code: parsed.code, message: parsed.message });
        letters.push(rejectLetter(record, sourceOf(record), parsed));
        continue;
      }
      taken.push(record);
      // What its own timestamp brings about, and in which order, is the engine's to say.
      items.push({ record: parsed.record, watermark: this.#inForce(greatest) });
      if (topology.time.mode === 'stream' && topology.time.scope === 'partition') greatest = Math.max(greatest ?? 0, parsed.record.timestamp);
    }
    const dispositions = await feed.fold(items, () => {
      meta.next = next;
      if (greatest !== undefined) meta.watermarks[topic] = greatest;
      for (const letter of letters) {
        bump(meta.records, `rejected/${letter.code}`);
        ledger.deadLetters.add(letter, now());
      }
    });
    if (letters.length > 0) showLate(letters.map(lateOf));
    dispositions.forEach(({ kind, code }, i) => {
      if (kind === 'rejected' && code !== undefined)
        refused.push({ record: taken[i] as WireRecord, code, message: 'The topology refused the record; its dead letter says why.' });
    });
    refused.sort((a, b) => compareOffsets(a.record.offset, b.record.offset));
    for (const { record, code, message } of refused) peer.send({ t: 'reject', offset: record.offset, code, message });
  }

  async #gap(peer: Peer, { from, to, reason }: Gap): Promise<void> {
    const { ledger, now, topic, partition } = this.#port;
    const { meta } = ledger;
    if (BigInt(to) <= BigInt(from)) return peer.refuse('badFrame', 'BAD_FRAME', `A gap [${from}, ${to}) is empty.`);
    if (this.#isAhead(peer, from)) return;
    if (BigInt(to) > BigInt(meta.next as string)) {
      await this.#port.feed.gap();
      ledger.transaction(() => {
        const start = meta.next as string;
        meta.next = to;
        bump(meta.records, 'gap/GAP', Number(BigInt(to) - BigInt(start)));
        const source = { topic, partition, from: start, to };
        ledger.deadLetters.add(
          { source, code: 'GAP', message: `Offsets [${start}, ${to}) are gone unread: ${reason}`, key: null, timestamp: null },
          now(),
        );
      });
    }
    this.#ack(peer);
    await this.claims.takeWaiting(peer);
  }

  /** What takes outcomes out of the outbox can give back a credit that was 0 (P3). */
  #relieve(peer: Peer, task: (outbox: Outbox) => void): void {
    const { outbox } = this.#port;
    const before = outbox.credit();
    task(outbox);
    if (before.records === 0 && outbox.credit().records > 0) this.#ack(peer);
  }

  /** A frame was lost: says so once, and takes nothing until one with `from <= next` comes. The first frame ever says where the log is taken up, whatever becomes of it. */
  #isAhead(peer: Peer, from: string): boolean {
    const { ledger } = this.#port;
    if (ledger.meta.next === null) ledger.transaction(() => (ledger.meta.next = from));
    const next = ledger.meta.next as string;
    const ahead = BigInt(from) > BigInt(next);
    if (peer.state.rewinding === ahead) return ahead;
    peer.amend({ rewinding: ahead });
    if (ahead) peer.send({ t: 'nack', expected: next });
    return ahead;
  }

  #ack(peer: Peer): void {
    const { next } = this.#port.ledger.meta;
    if (next === null) return;
    peer.send({ t: 'ack', next, credit: this.#port.outbox.credit() });
    peer.amend({ acked: next });
  }

  #name(peer: Peer): { readonly object: string; readonly bridge: string | null } {
    return { object: `${this.#port.topic}/${this.#port.partition}`, bridge: peer.state.bridge };
  }

  #inForce(greatest: number | undefined): number | null {
    return this.#port.topology.time.mode === 'stream' ? (greatest ?? null) : this.#port.feed.watermark();
  }
}

function refuseFrame(peer: Peer, ...fault: [Refusal, string, string]): undefined {
  peer.refuse(...fault);
}

/** What breaks the envelope beyond its schema (P3, P4). */
function faultOf({ from, records }: Data): { close: 'badFrame' | 'tooLarge'; message: string } | undefined {
  if (records.length > LIMITS.batchRecords)
    return { close: 'tooLarge', message: `A data frame has at most ${LIMITS.batchRecords} records, this one has ${records.length}.` };
  let least = BigInt(from);
  for (const { offset } of records) {
    if (BigInt(offset) < least) return { close: 'badFrame', message: `Offsets rise strictly, from ${from} on; ${offset} does not.` };
    least = BigInt(offset) + 1n;
  }
  return least > 9_223_372_036_854_775_807n ? { close: 'badFrame', message: 'The last offset has no next one.' } : undefined;
}
