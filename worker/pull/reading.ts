import { messageOf } from '../../src/core/errors.ts';
import { compareOffsets } from '../../src/core/record.ts';
import type { GatewayTopic, LogBounds, PartitionReader } from '../../src/gateway/gateway.ts';
import { LIMITS } from '../../src/protocol/limits.ts';
import { log } from '../log.ts';
import { bounded } from './bounded.ts';
import { framesOf } from './frames.ts';
import type { PullPeer } from './peer.ts';
import { type PullPort, portsOf, resolved } from './port.ts';
import { startOf } from './start.ts';
import type { StoredPull } from './stored.ts';

/** How long the gateway may wait for a record: a consumer that is not given the time for a fetch would never have one. */
const WAIT_MS = 500;
/** Fewer records than these at a poll are few. */
const FEW = 100;
/** Where they come a few at a time, how long the next ones may gather: each frame is a row written, each poll a request. To stay awake so long costs less than an alarm. */
const GATHER_MS = 100;

/** Reads the partition's log into its object, frame by frame as a bridge does: `meta.next` is the position, whatever happens. */
export class Reading {
  readonly #port: PullPort;
  readonly #stored: StoredPull;
  #reader: PartitionReader | undefined;
  /** Everything below it has been read and sent; above `meta.next` where the log ends in offsets without a record. */
  #scan = '0';
  /** An end that was asked for and is not reached. */
  #asked: { readonly clock: number; readonly end: string } | undefined;
  #committed: string | null = null;
  /** What was said last of commits that fail: it is said once. */
  #said = '';
  /** Records that were given to the object. */
  taken = 0;
  /** Polls in a row that gave a few records each. */
  #trickles = 0;

  constructor(port: PullPort, stored: StoredPull) {
    this.#port = port;
    this.#stored = stored;
  }

  /** Says hello, and finds where to start (P5, P6). The peer is refused where that is not admitted. */
  async hello(peer: PullPeer): Promise<void> {
    const { settings, now, take, ledger } = this.#port;
    const generation = this.#stored.generation ?? now();
    this.#stored.keepGeneration(generation);
    const found = await this.#describe();
    await take(peer, {
      t: 'hello',
      bridge: bridgeOf(this.#port),
      mode: 'live',
      epoch: settings.epoch,
      generation,
      incarnation: found.incarnation,
      start: found.start,
      end: found.end,
      partitions: found.partitions,
      outcomes: settings.sink !== undefined,
      now: now(),
    });
    if (!peer.state.active) return;
    this.#stored.keepAdmitted();
    if (ledger.meta.next === null) await this.#begin(peer, found);
    this.goOn();
  }

  /** Reads on from where the object is. */
  goOn(): void {
    this.#scan = this.#port.ledger.meta.next ?? '0';
    this.#asked = undefined;
  }

  /** Whether the log is still the one of the hello, with as many partitions (P6, P10). */
  async isSame(): Promise<boolean> {
    const { meta } = this.#port.ledger;
    const { incarnation, partitions, end } = await this.#describe();
    return incarnation === meta.incarnation && partitions === meta.partitions && compareOffsets(meta.next ?? '0', end) <= 0;
  }

  /** Asks once for records, and has them folded. Whether it has come any further. */
  async poll(peer: PullPeer): Promise<boolean> {
    const { ledger, attend, take } = this.#port;
    if (this.#trickles > 1) await scheduler.wait(GATHER_MS);
    const batch = await bounded(attend, async (signal) =>
      (await this.#open(signal)).poll(this.#scan, { maxBytes: LIMITS.frameBytes, waitMs: WAIT_MS, signal }),
    );
    const { length: count } = batch.records;
    this.#trickles = count > 0 && count < FEW ? this.#trickles + 1 : 0;
    const held = (): string => ledger.meta.next ?? this.#scan;
    if (compareOffsets(batch.from, this.#scan) > 0) await take(peer, { t: 'gap', from: held(), to: batch.from, reason: 'RETENTION' });
    this.taken += count;
    for (const frame of framesOf(held(), batch.records)) if (isGoingOn(peer)) await take(peer, frame);
    const hasMoved = compareOffsets(batch.next, this.#scan) > 0;
    if (isGoingOn(peer)) this.#scan = batch.next;
    if (!hasMoved) this.#asked = undefined;
    return hasMoved;
  }

  /**
   * Claims (T5): asks for the end, and once everything below it has been read, and the topic is still the one of the hello, says so. `behind`: it is not reached yet. `changed`: it is another topic,
   * which a new hello has to tell. What is claimed is the clock as it was when the end was asked for, which may be a while ago.
   */
  async claim(peer: PullPeer): Promise<{ readonly claimed: number } | 'behind' | 'changed' | { readonly unproven: string }> {
    const { attend, take, ledger } = this.#port;
    if (this.#asked === undefined) {
      const asked = await bounded(attend, async (signal) => (await this.#open(signal)).endAt(this.#scan, signal));
      if ('unproven' in asked) return { unproven: asked.unproven };
      this.#asked = asked;
    }
    const { clock, end } = this.#asked;
    if (compareOffsets(this.#scan, end) < 0) return 'behind';
    if (!(await this.isSame())) return 'changed';
    this.#asked = undefined;
    await take(peer, { t: 'watermark', at: clock, next: ledger.meta.next ?? this.#scan });
    return { claimed: clock };
  }

  /** Ends a round: commits what is durable, for the tools of the group (P2), and keeps the consumer for the next one. Never rejects. */
  async settle(): Promise<void> {
    const { next } = this.#port.ledger.meta;
    const reader = this.#reader;
    if (reader === undefined) return;
    if (next !== null && next !== this.#committed) {
      try {
        await bounded(this.#port.attend, (signal) => reader.commit(next, signal));
        this.#committed = next;
        this.#said = '';
      } catch (error) {
        const said = messageOf(error);
        if (said !== this.#said) log('warn', 'a commit failed', { object: `${this.#port.topic}/${this.#port.partition}`, error: said });
        this.#said = said;
      }
    }
    this.#stored.keepSession(reader.session);
  }

  /** What keeps the reader from going on, in words for the operator. */
  get trouble(): string | undefined {
    return this.#reader?.trouble;
  }

  async #begin(peer: PullPeer, found: GatewayTopic & LogBounds): Promise<void> {
    const { settings, ledger, attend, take, topic } = this.#port;
    const isNew = ledger.meta.change?.isNew === true;
    const from = await bounded(attend, async (signal) => startOf(await this.#open(signal), { ...settings, ...found, topic, isNew }, signal));
    log('info', 'the pull starts', { object: `${topic}/${this.#port.partition}`, next: from });
    await take(peer, { t: 'data', from, records: [] });
  }

  #describe(): Promise<GatewayTopic & LogBounds> {
    return bounded(this.#port.attend, async (signal) => (await this.#open(signal)).describe(signal));
  }

  async #open(signal: AbortSignal): Promise<PartitionReader> {
    const { settings, gateways, topic, partition } = this.#port;
    const { session } = this.#stored;
    this.#reader ??= gateways.openReader({
      ...portsOf(this.#port),
      connection: await resolved(settings.connection, this.#port, this.#stored, signal),
      topic,
      partition,
      group: settings.group,
      name: `oriel-edge-${topic}-${partition}`,
      ...(session === undefined ? {} : { session }),
      isolation: settings.isolation,
      mostBytes: MOST_BYTES,
    });
    return this.#reader;
  }
}

/** A record above it is not read, but omitted: as much as an answer may have in an object of 128 MB. */
const MOST_BYTES = 8 * 1_048_576;

/** The pull's name as a bridge (P5). */
export function bridgeOf({ topic, partition }: Pick<PullPort, 'topic' | 'partition'>): string {
  return `edge/${topic}/${partition}`;
}

/** Whether the frames of a peer count. */
export function isGoingOn(peer: PullPeer): boolean {
  return peer.state.active && !peer.state.rewinding;
}
