import type { OutcomeProducer } from '../../src/gateway/gateway.ts';
import { bounded } from './bounded.ts';
import type { PullPeer } from './peer.ts';
import { type PullPort, portsOf, resolved } from './port.ts';
import type { StoredPull } from './stored.ts';

const BATCH = 500;
const CODE_LENGTH = 100;
const MESSAGE_LENGTH = 10_000;

/** Outcomes on their way from the outbox to the sink, in `seq` order; what became of them comes back as it does from a bridge. */
export class Delivering {
  readonly #port: PullPort;
  readonly #stored: StoredPull;
  #producer: OutcomeProducer | undefined;

  constructor(port: PullPort, stored: StoredPull) {
    this.#port = port;
    this.#stored = stored;
  }

  /** Delivers what there is, once. @throws OrielError where it failed: the same come again */
  async deliver(peer: PullPeer): Promise<void> {
    const batch = peer.outcomes.slice(0, BATCH);
    const last = batch.at(-1);
    if (last === undefined) return;
    const deliveries = await bounded(this.#port.attend, async (signal) => (await this.#open(signal)).deliver(batch, signal));
    peer.outcomes.splice(0, batch.length);
    for (const [i, { seq }] of batch.entries()) {
      const delivery = deliveries[i];
      if (delivery === undefined || delivery.stored) continue;
      const before = BigInt(seq) - 1n;
      if (before > 0n) await this.#port.take(peer, { t: 'outcomeAck', seq: String(before) });
      const { code, message } = delivery;
      await this.#port.take(peer, { t: 'outcomeReject', seq, code: code.slice(0, CODE_LENGTH), message: message.slice(0, MESSAGE_LENGTH) });
    }
    await this.#port.take(peer, { t: 'outcomeAck', seq: last.seq });
  }

  async #open(signal: AbortSignal): Promise<OutcomeProducer> {
    const { settings, gateways } = this.#port;
    if (settings.sink === undefined) throw new Error('broken invariant: outcomes without a sink');
    this.#producer ??= gateways.openProducer({
      ...portsOf(this.#port),
      connection: await resolved(settings.sink.connection, this.#port, this.#stored, signal),
      topic: settings.sink.topic,
    });
    return this.#producer;
  }
}
