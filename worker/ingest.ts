import type { RejectCode } from '../src/core/errors.ts';
import { OrielError } from '../src/core/errors.ts';
import { bytesOf, decodeBridgeFrame } from '../src/protocol/codec.ts';
import type { BridgeFrame, Claim, Data, Gap, Hello, WireRecord } from '../src/protocol/frames.ts';
import { CREDIT, type Credit, LIMITS } from '../src/protocol/limits.ts';
import type { RawRecord, Topology } from '../src/topology.ts';
import type { DeadLetter } from './api.ts';
import type { Item } from './fanout.ts';
import type { Feed } from './feed.ts';
import { admitHello } from './fencing.ts';
import { bump, type Ledger } from './ledger.ts';
import type { Outbox } from './outbox.ts';
import { amend, bridgeOf, refuse, send } from './sockets.ts';

/** What the protocol asks of the partition it serves. */
export interface IngestPort {
  readonly topic: string;
  readonly partition: number;
  readonly ledger: Ledger;
  readonly topology: Topology;
  readonly feed: Feed;
  now(): number;
  bridges(): WebSocket[];
  readonly outbox: Outbox;
}

interface Arrived {
  readonly frame: BridgeFrame;
  readonly records: number;
  readonly bytes: number;
}

/**
 * The object's side of `oriel.v1`, for whichever bridge is connected. Frames come in by `arrive`, which judges their form at once, and are `handle`d one at a time (D2).
 */
export class Ingest {
  readonly #port: IngestPort;
  /** Sent and not acknowledged, by socket (P3). Empty after hibernation, as is every queue then. */
  readonly #inFlight = new WeakMap<WebSocket, Credit>();

  constructor(port: IngestPort) {
    this.#port = port;
  }

  /** Judges a message before it queues: form, size, credit. Closes the socket and gives nothing where it breaks a rule. */
  arrive(socket: WebSocket, message: string | ArrayBuffer): Arrived | undefined {
    const state = bridgeOf(socket);
    if (state.bridge !== null && !state.active) return undefined;
    if (typeof message !== 'string') return refuseFrame(socket, 'badFrame', 'BAD_FRAME', 'Frames are JSON text, this one is binary.');
    if (message.length > LIMITS.frameBytes || bytesOf(message) > LIMITS.frameBytes) {
      return refuseFrame(socket, 'tooLarge', 'TOO_LARGE', `A frame has at most ${LIMITS.frameBytes} bytes.`);
    }
    let frame: BridgeFrame;
    try {
      frame = decodeBridgeFrame(message);
    } catch (error) {
      return refuseFrame(socket, 'badFrame', 'BAD_FRAME', error instanceof OrielError ? error.message : 'The frame cannot be read.');
    }
    if ((state.bridge === null) !== (frame.t === 'hello')) {
      return refuseFrame(socket, 'badFrame', 'BAD_FRAME', frame.t === 'hello' ? 'A second hello.' : 'The first frame is hello.');
    }
    if (frame.t !== 'data') return { frame, records: 0, bytes: 0 };
    const fault = faultOf(frame);
    if (fault !== undefined) return refuseFrame(socket, fault.close, fault.close === 'tooLarge' ? 'TOO_LARGE' : 'BAD_FRAME', fault.message);
    return this.#charge(socket, frame, state.acked, message);
  }

  async handle(socket: WebSocket, { frame, records, bytes }: Arrived): Promise<void> {
    const flying = this.#inFlight.get(socket);
    if (flying !== undefined) this.#inFlight.set(socket, { records: flying.records - records, bytes: flying.bytes - bytes });
    if (frame.t !== 'hello' && !bridgeOf(socket).active) return;
    switch (frame.t) {
      case 'hello':
        return this.#hello(socket, frame);
      case 'data':
        return this.#data(socket, frame);
      case 'gap':
        return this.#gap(socket, frame);
      case 'watermark':
        return this.#claim(socket, frame);
      case 'outcomeAck':
        if (this.#port.outbox.acknowledge(socket, frame.seq)) this.#ack(socket);
        return;
      case 'outcomeReject':
        return this.#port.outbox.reject(socket, frame);
      case 'error':
        console.warn(JSON.stringify({ message: 'the bridge reports an error', code: frame.code, error: frame.message.slice(0, 500) }));
    }
  }

  /** Asks for a claim as far as the least deadline goes (T5), where that is news to the bridge or `again` is due. */
  want(again = false): void {
    const { ledger, topology, feed, now } = this.#port;
    if (topology.time.mode !== 'source') return;
    const at = feed.wanted();
    const own = ledger.meta.watermarks[this.#port.topic];
    if (at === undefined || (own !== undefined && own >= at)) return;
    for (const socket of this.#port.bridges()) {
      const { active, want } = bridgeOf(socket);
      if (!active || (!again && want !== null && want.at <= at)) continue;
      send(socket, { t: 'want', watermark: at });
      amend(socket, { want: { at, told: now() } });
    }
  }

  #charge(socket: WebSocket, frame: Data, acked: string | null, message: string): Arrived | undefined {
    const counted = frame.records.filter(({ offset }) => acked === null || BigInt(offset) >= BigInt(acked)).length;
    const bytes = counted > 0 ? bytesOf(message) : 0;
    const flying = this.#inFlight.get(socket) ?? { records: 0, bytes: 0 };
    const sum = { records: flying.records + counted, bytes: flying.bytes + bytes };
    if (sum.records > CREDIT.records || sum.bytes > CREDIT.bytes) {
      return refuseFrame(
        socket,
        'overCredit',
        'OVER_CREDIT',
        `${sum.records} records and ${sum.bytes} bytes are unacknowledged; the credit is ${CREDIT.records} and ${CREDIT.bytes}.`,
      );
    }
    this.#inFlight.set(socket, sum);
    return { frame, records: counted, bytes };
  }

  async #hello(socket: WebSocket, hello: Hello): Promise<void> {
    const { ledger, now, bridges } = this.#port;
    const { meta } = ledger;
    const refused = admitHello(hello, meta, this.#port.topology.time.mode);
    if (refused !== undefined) return refuse(socket, refused.close, refused.code, refused.message);
    const skew = now() - hello.now;
    ledger.transaction(() => {
      meta.incarnation = hello.incarnation;
      meta.partitions = hello.partitions;
      meta.fence = { epoch: hello.epoch, generation: hello.generation, bridge: hello.bridge };
      meta.skewMs = -skew;
    });
    for (const other of bridges()) {
      if (other === socket || !bridgeOf(other).active) continue;
      amend(other, { active: false });
      refuse(
        other,
        'superseded',
        'SUPERSEDED',
        `Bridge ${hello.bridge.slice(0, 60)} took over with epoch ${hello.epoch}, generation ${hello.generation}.`,
      );
    }
    amend(socket, { bridge: hello.bridge, active: true, outcomes: hello.outcomes, acked: meta.next, sentSeq: meta.acked });
    send(socket, { t: 'welcome', next: meta.next, outcomeSeq: String(meta.acked), credit: this.#port.outbox.credit(), limits: LIMITS, skew });
    await this.#port.feed.connected();
  }

  async #data(socket: WebSocket, { from, records }: Data): Promise<void> {
    const { ledger } = this.#port;
    const { meta } = ledger;
    if (this.#isAhead(socket, from)) return;
    const next = meta.next === null ? BigInt(from) : BigInt(meta.next);
    const fresh = records.filter(({ offset }) => BigInt(offset) >= next);
    const rejects: { record: WireRecord; code: RejectCode; message: string }[] = [];
    const items: Item[] = [];
    const { topology, topic } = this.#port;
    let greatest = meta.watermarks[topic];
    for (const record of fresh) {
      const parsed = topology.parse(this.#rawOf(record), this.#port.now());
      if (!parsed.ok) {
        rejects.push({ record, code: parsed.code, message: parsed.message });
        continue;
      }
      if (topology.time.mode === 'stream' && topology.time.scope === 'partition') greatest = Math.max(greatest ?? 0, parsed.record.timestamp);
      items.push({ record: parsed.record, watermark: this.#inForce(greatest) });
    }
    const last = fresh.at(-1);
    await this.#port.feed.fold(items, () => {
      meta.next = String(last === undefined ? next : BigInt(last.offset) + 1n);
      if (greatest !== undefined) meta.watermarks[topic] = greatest;
      bump(meta.records, 'duplicate/', records.length - fresh.length);
      for (const { record, code, message } of rejects) {
        bump(meta.records, `rejected/${code}`);
        ledger.addDeadLetter(this.#letterOf(record, code, message), this.#port.now());
      }
    });
    for (const { record, code, message } of rejects) send(socket, { t: 'reject', offset: record.offset, code, message });
    this.#ack(socket);
    if (topology.time.mode === 'stream') await this.#port.feed.settle();
    await this.#takePending(socket);
  }

  async #gap(socket: WebSocket, { from, to, reason }: Gap): Promise<void> {
    const { ledger, now, topic, partition } = this.#port;
    const { meta } = ledger;
    if (BigInt(to) <= BigInt(from)) return refuse(socket, 'badFrame', 'BAD_FRAME', `A gap [${from}, ${to}) is empty.`);
    if (this.#isAhead(socket, from)) return;
    const lost = meta.next === null || BigInt(to) > BigInt(meta.next);
    if (lost) {
      await this.#port.feed.gap();
      ledger.transaction(() => {
        const start = meta.next === null || BigInt(from) > BigInt(meta.next) ? from : meta.next;
        meta.next = to;
        bump(meta.records, 'gap/GAP', Number(BigInt(to) - BigInt(start)));
        const source = { topic, partition, from: start, to };
        ledger.addDeadLetter(
          { source, code: 'GAP', message: `Offsets [${start}, ${to}) are gone unread: ${reason}`, key: null, timestamp: null },
          now(),
        );
      });
    }
    this.#ack(socket);
    await this.#takePending(socket);
  }

  async #claim(socket: WebSocket, claim: Claim): Promise<void> {
    const { meta } = this.#port.ledger;
    if (meta.next !== null && BigInt(claim.next) > BigInt(meta.next)) {
      amend(socket, { pendingClaim: { at: claim.at, next: claim.next } });
      return;
    }
    if (meta.next === null) this.#port.ledger.transaction(() => (meta.next = claim.next));
    amend(socket, { want: null, pendingClaim: null });
    await this.#port.feed.claim(Math.min(claim.at, this.#port.now()));
  }

  async #takePending(socket: WebSocket): Promise<void> {
    const { pendingClaim } = bridgeOf(socket);
    const { next } = this.#port.ledger.meta;
    if (pendingClaim !== null && next !== null && BigInt(pendingClaim.next) <= BigInt(next))
      await this.#claim(socket, { t: 'watermark', ...pendingClaim });
  }

  /** A frame was lost: says so once, and takes nothing until one with `from <= next` comes. */
  #isAhead(socket: WebSocket, from: string): boolean {
    const { next } = this.#port.ledger.meta;
    const ahead = next !== null && BigInt(from) > BigInt(next);
    if (bridgeOf(socket).rewinding === ahead) return ahead;
    amend(socket, { rewinding: ahead });
    if (ahead) send(socket, { t: 'nack', expected: next as string });
    return ahead;
  }

  #ack(socket: WebSocket): void {
    const { next } = this.#port.ledger.meta;
    if (next === null) return;
    send(socket, { t: 'ack', next, credit: this.#port.outbox.credit() });
    amend(socket, { acked: next });
  }

  #inForce(greatest: number | undefined): number | null {
    return this.#port.topology.time.mode === 'stream' ? (greatest ?? null) : this.#port.feed.watermark();
  }

  #rawOf({ offset, timestamp, key, value, raw, omitted }: WireRecord): RawRecord {
    const { topic, partition, ledger } = this.#port;
    const incarnation = ledger.meta.incarnation as string;
    const bytes = (omitted as { bytes?: unknown } | undefined)?.bytes;
    const size = typeof bytes === 'number' ? bytes : value === undefined ? 0 : bytesOf(JSON.stringify(value));
    return {
      ...(key === undefined ? {} : { key }),
      ...(value === undefined ? {} : { value }),
      ...(timestamp === undefined ? {} : { timestamp }),
      source: { topic, partition, offset, incarnation },
      ...(omitted !== undefined || size > LIMITS.recordBytes ? { omittedBytes: size } : {}),
      ...(raw === undefined ? {} : { unreadable: true }),
    };
  }

  #letterOf({ offset, timestamp, key, value, raw }: WireRecord, code: string, message: string): Omit<DeadLetter, 'seq'> {
    const { topic, partition } = this.#port;
    return {
      source: { topic, partition, offset },
      code,
      message,
      key: typeof key === 'string' ? key : null,
      timestamp: typeof timestamp === 'number' ? timestamp : null,
      ...(value === undefined ? {} : { value }),
      ...(typeof raw === 'string' ? { raw } : {}),
    };
  }
}

function refuseFrame(socket: WebSocket, ...fault: [Parameters<typeof refuse>[1], string, string]): undefined {
  refuse(socket, ...fault);
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
