import type { TimeMode } from '../src/core/time.ts';
import type { OutcomeFrame } from '../src/protocol/frames.ts';
import { CREDIT, type Credit, OUTCOMES_IN_FLIGHT } from '../src/protocol/limits.ts';
import type { Ledger } from './ledger.ts';
import type { Peer } from './peer.ts';

/** Above these many outcomes, or this much of them, waiting for the sink, nothing more is taken in (D6). */
const MOST_WAITING = 100_000;
const MOST_SIZE = 256 * 1_048_576;
const A_READ = 100;

export interface OutboxOptions {
  readonly ledger: Ledger;
  readonly mode: TimeMode;
  bridges(): Peer[];
  now(): number;
}

/** The way of the outcomes to the sink: in the order of `seq`, again from the first unacknowledged after a reconnect (D6). */
export class Outbox {
  readonly #options: OutboxOptions;

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  /** Sends what may be in flight (P3). */
  pump(): void {
    const { meta } = this.#options.ledger;
    for (const peer of this.#options.bridges()) {
      const { active, outcomes, sentSeq } = peer.state;
      if (!active || !outcomes) continue;
      let sent = sentSeq;
      while (sent < meta.seq && sent - meta.acked < OUTCOMES_IN_FLIGHT) {
        const batch = this.#options.ledger.outcomes.list(sent, Math.min(OUTCOMES_IN_FLIGHT - (sent - meta.acked), A_READ));
        if (batch.length === 0) break;
        for (const outcome of batch) peer.send({ t: 'outcome', ...outcome } satisfies OutcomeFrame);
        sent = Number(batch.at(-1)?.seq);
      }
      if (sent !== sentSeq) peer.amend({ sentSeq: sent });
    }
  }

  /** The sink has everything up to `seq`. */
  acknowledge(peer: Peer, seq: string): void {
    const { ledger } = this.#options;
    if (!this.#wasSent(peer, seq) || BigInt(seq) <= BigInt(ledger.meta.acked)) return;
    ledger.transaction(() => ledger.acknowledge(Number(seq)));
    this.pump();
  }

  /** The sink will never take this one: a dead letter. */
  reject(peer: Peer, { seq, code, message }: { readonly seq: string; readonly code: string; readonly message: string }): void {
    const { ledger, now } = this.#options;
    if (!this.#wasSent(peer, seq) || BigInt(seq) <= BigInt(ledger.meta.acked)) return;
    const [outcome] = ledger.outcomes.list(Number(seq) - 1, 1);
    ledger.transaction(() => {
      ledger.deadLetters.add(
        { source: { outcome: seq }, code, message, key: outcome?.key ?? null, timestamp: outcome?.timestamp ?? null, value: outcome },
        now(),
      );
      if (Number(seq) === ledger.meta.acked + 1) ledger.acknowledge(Number(seq));
    });
    this.pump();
  }

  /**
   * What a bridge may have unacknowledged. In `clock` mode no sink is to come, and the outbox holds nothing up; nor does it before the first offset is
   * known, since there is no `next` yet with which an `ack` could raise a credit of 0.
   */
  credit(): Credit {
    const { ledger, mode } = this.#options;
    const full = ledger.meta.seq - ledger.meta.acked > MOST_WAITING || ledger.outcomes.size > MOST_SIZE;
    return full && mode !== 'clock' && ledger.meta.next !== null ? { records: 0, bytes: 0 } : CREDIT;
  }

  #wasSent(peer: Peer, seq: string): boolean {
    const { sentSeq } = peer.state;
    if (BigInt(seq) <= BigInt(sentSeq)) return true;
    peer.refuse('badFrame', 'BAD_FRAME', `Outcome ${seq} was not sent; the last one was ${sentSeq}.`);
    return false;
  }
}
