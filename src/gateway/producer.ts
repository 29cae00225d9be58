import type { OrielError } from '../core/errors.ts';
import { type Delivery, STORED } from '../protocol/delivery.ts';
import type { Outcome } from '../protocol/outcome.ts';
import { isV3 } from './address.ts';
import type { OutcomeProducer } from './gateway.ts';
import type { Produce, ProduceOptions } from './produce.ts';
import type { Fate } from './produce-fate.ts';
import { ProduceV2 } from './produce-v2.ts';
import { ProduceV3 } from './produce-v3.ts';
import { type Sent, waveOf } from './wave.ts';

/** A failure that took as long may be that of one record, for which a gateway has held up all. */
const SLOW_MS = 10_000;

/** Asks nothing yet. By v3 where the connection's base ends in `/v3/clusters/ID`, else by the v2 of its dialect. */
export function openProducer(options: ProduceOptions): OutcomeProducer {
  return new GatewayProducer(isV3(options.connection.base) ? new ProduceV3(options) : new ProduceV2(options), options);
}

/**
 * Outcomes into a topic, request by request, each with no two outcomes of one key (`waveOf`).
 *
 * A record that is refused together with others may be so for their sake (a batch that is too large, a stream that ended): refused ones are sent again in halves until each is stored, or is
 * refused by itself, which is for good. Any other failure rejects the call, to be tried again.
 *
 * Order: as long as calls with outcomes of one key do not overlap, an outcome is sent after all earlier ones of its key are stored or refused for good. After a failure they come again, so an outcome
 * can stand twice with the same id, and a repeated run `a b, a b c`, but never `b` before `a`. What was stored within a call that failed is remembered while its outcomes live, and not sent again.
 */
class GatewayProducer implements OutcomeProducer {
  readonly #produce: Produce;
  readonly #options: Pick<ProduceOptions, 'topic' | 'now'>;
  readonly #known = new WeakMap<Outcome, Delivery>();
  /** So many go one by one: a request with as many has failed after a long time, and it may have been for one of them. */
  #alone = 0;

  constructor(produce: Produce, options: Pick<ProduceOptions, 'topic' | 'now'>) {
    this.#produce = produce;
    this.#options = options;
  }

  async deliver(outcomes: readonly Outcome[], signal: AbortSignal): Promise<readonly Delivery[]> {
    for (;;) {
      const open = outcomes.filter((outcome) => !this.#known.has(outcome));
      if (open.length === 0) return outcomes.map((outcome) => this.#known.get(outcome) ?? STORED);
      const began = this.#options.now();
      const wave = waveOf(open, this.#produce.told, began);
      try {
        await this.#send(this.#alone > 0 ? wave.slice(0, 1) : wave, signal);
        this.#alone = Math.max(0, this.#alone - 1);
      } catch (error) {
        if (this.#options.now() - began >= SLOW_MS) this.#alone = Math.max(this.#alone, wave.length);
        throw error;
      }
    }
  }

  async #send(sent: readonly Sent[], signal: AbortSignal): Promise<void> {
    const fates = await this.#produce.send(sent, signal);
    const refused: Sent[] = [];
    const faults: OrielError[] = [];
    sent.forEach((one, i) => {
      const fate = fates[i] as Fate;
      if (fate.is === 'failed') faults.push(fate.error);
      else if (fate.is === 'stored') this.#known.set(one.outcome, STORED);
      else if (sent.length > 1) refused.push(one);
      else if (fate.is === 'dropped') faults.push(fate.error);
      else this.#known.set(one.outcome, this.#refusal(fate));
    });
    const fault = faults.find(({ retryable }) => !retryable) ?? faults[0];
    if (fault !== undefined) throw fault;
    if (sent.length === 1) return;
    const middle = Math.ceil(refused.length / 2);
    for (const half of [refused.slice(0, middle), refused.slice(middle)]) if (half.length > 0) await this.#send(half, signal);
  }

  #refusal({ code, why }: Extract<Fate, { is: 'refused' }>): Delivery {
    return { stored: false, code, message: `Topic ${this.#options.topic} does not take the outcome (${why}).` };
  }
}
