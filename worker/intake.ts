import { OrielError } from '../src/core/errors.ts';
import { HELLO_TIMEOUT_MS } from '../src/protocol/limits.ts';
import { type Arrived, Ingest, type IngestPort } from './ingest.ts';
import { faultOf, log } from './log.ts';
import type { Peer } from './peer.ts';
import { silentAt } from './schedule.ts';
import { Stall } from './stall.ts';

export interface IntakePort extends IngestPort {
  /** `topic/partition`. */
  readonly object: string | undefined;
  inTurn(task: () => Promise<void>): Promise<void>;
}

/** Where the frames of all peers come in: each is handled in its turn; where the partition cannot take one it stops, and has it sent again (D2). */
export class Intake {
  readonly #port: IntakePort;
  readonly #ingest: Ingest;
  readonly stall: Stall;

  constructor(port: IntakePort) {
    this.#port = port;
    this.#ingest = new Ingest(port);
    this.stall = new Stall(port.object);
  }

  /** Asks for the claims that are wanted (T5). */
  want(again = false): void {
    this.#ingest.claims.want(again);
  }

  /** Asks again for the claims that are overdue. */
  wantAgain(now: number): void {
    if (this.#port.bridges().some(({ state }) => now >= (silentAt(state) ?? Number.POSITIVE_INFINITY))) this.want(true);
  }

  /** Sends those away that have not said hello in time (P4). */
  refuseSilent(now: number): void {
    for (const peer of this.#port.bridges()) {
      const { bridge, acceptedAt } = peer.state;
      if (bridge !== null || now < acceptedAt + HELLO_TIMEOUT_MS) continue;
      peer.refuse('helloTimeout', 'HELLO_TIMEOUT', `No hello within ${HELLO_TIMEOUT_MS} ms.`);
    }
  }

  /** A frame as it has come: its form is judged at once, the rest in its turn. */
  async arrive(peer: Peer, message: string | ArrayBuffer): Promise<void> {
    const arrived = this.#ingest.arrive(peer, message);
    if (arrived !== undefined) await this.take(peer, arrived);
  }

  /** Has a frame handled in its turn. Never rejects: what became of it, the peer's state says. */
  take(peer: Peer, arrived: Arrived): Promise<void> {
    const { frame } = arrived;
    return this.#port.inTurn(async () => {
      try {
        await this.#ingest.handle(peer, arrived);
        if (!('from' in frame) || peer.state.rewinding) return;
        this.stall.end();
        if (peer.state.retryAt !== null) peer.amend({ retryAt: null });
      } catch (error) {
        if (error instanceof OrielError && error.code === 'UNAVAILABLE') {
          const retryAt = this.stall.stop(error.message);
          if ('from' in frame) peer.amend({ rewinding: true, retryAt });
          if (frame.t === 'hello') peer.refuse('internal', 'UNAVAILABLE', `${error.message} Connect again.`);
          return;
        }
        log('error', 'a frame failed', { object: this.#port.object, frame: frame.t, ...faultOf(error) });
        peer.refuse('internal', 'INTERNAL', 'The frame could not be handled; connect again.');
      }
    });
  }

  /** Has the peers send again what was dropped when the partition stopped. */
  rewind(now: number): void {
    const { bridges, ledger } = this.#port;
    const dropped = bridges().filter(({ state }) => (state.retryAt ?? Number.POSITIVE_INFINITY) <= now);
    for (const peer of dropped) {
      peer.send({ t: 'nack', expected: ledger.meta.next as string });
      peer.amend({ retryAt: null });
    }
    if (now < (this.stall.retryAt ?? Number.POSITIVE_INFINITY)) return;
    if (dropped.length === 0) this.stall.end();
    else this.stall.leaveToOthers();
  }
}
