import { compareOffsets } from '../src/core/record.ts';
import type { Claim } from '../src/protocol/frames.ts';
import { least } from '../src/timers/alarm.ts';
import type { Topology } from '../src/topology.ts';
import type { Feed } from './feed.ts';
import type { Joint } from './joint.ts';
import type { Ledger } from './ledger.ts';
import { amend, bridgeOf, send } from './sockets.ts';

/** What the claims of a source need of the partition they are about. */
export interface ClaimsPort {
  readonly topic: string;
  readonly ledger: Ledger;
  readonly topology: Topology;
  readonly feed: Feed;
  readonly joint: Joint;
  now(): number;
  bridges(): WebSocket[];
}

/** Claims of one socket that wait for their records, at most. What comes beyond is not kept: it is wanted again (T5). */
const MOST_WAITING_CLAIMS = 100;

/** The claims of a source, and what is wanted of it (T5). */
export class Claims {
  readonly #port: ClaimsPort;

  constructor(port: ClaimsPort) {
    this.#port = port;
  }

  /** Asks for a claim as far as the least deadline goes (T5), where that is news to the bridge or `again` is due. */
  want(again = false): void {
    const { ledger, topology, feed, joint, now } = this.#port;
    if (topology.time.mode !== 'source') return;
    const own = ledger.meta.watermarks[this.#port.topic] ?? Number.NEGATIVE_INFINITY;
    const due = feed.wanted();
    const at = least(joint.wantsClaim(own), due !== undefined && own < due ? due : undefined);
    const isWanted = at !== undefined;
    for (const socket of this.#port.bridges()) {
      const { active, want } = bridgeOf(socket);
      // What was wanted can have been let go without a claim: nobody waits for that any more, nor does the alarm.
      if (!isWanted && want !== null) amend(socket, { want: null });
      if (!isWanted || !active || (!again && want !== null && want.at <= at)) continue;
      send(socket, { t: 'want', watermark: at });
      amend(socket, { want: { at, told: now() } });
    }
  }

  /** A claim has come: taken up where `next` has reached it, else it waits, for its socket. */
  async take(socket: WebSocket, { at, next }: Claim): Promise<void> {
    const { meta } = this.#port.ledger;
    if (meta.next !== null && compareOffsets(next, meta.next) > 0) {
      const { waitingClaims } = bridgeOf(socket);
      if (waitingClaims.length === MOST_WAITING_CLAIMS) return;
      amend(socket, { waitingClaims: [...waitingClaims, { at, next }].sort((a, b) => compareOffsets(a.next, b.next)) });
      return;
    }
    if (meta.next === null) this.#port.ledger.transaction(() => (meta.next = next));
    await this.#takeUp(socket, at);
  }

  /** Takes up the claims that waited for what is durable now. */
  async takeWaiting(socket: WebSocket): Promise<void> {
    for (;;) {
      const [claim, ...others] = bridgeOf(socket).waitingClaims;
      if (claim === undefined || compareOffsets(claim.next, this.#port.ledger.meta.next as string) > 0) return;
      amend(socket, { waitingClaims: others });
      await this.#takeUp(socket, claim.at);
    }
  }

  async #takeUp(socket: WebSocket, at: number): Promise<void> {
    amend(socket, { want: null });
    await this.#port.feed.claim(Math.min(at, this.#port.now()));
  }
}
