import { compareOffsets } from '../src/core/record.ts';
import type { Claim } from '../src/protocol/frames.ts';
import { least } from '../src/timers/alarm.ts';
import type { Topology } from '../src/topology.ts';
import type { Feed } from './feed.ts';
import type { Joint } from './joint.ts';
import type { Ledger } from './ledger.ts';
import type { Peer } from './peer.ts';

/** What the claims of a source need of the partition they are about. */
export interface ClaimsPort {
  readonly topic: string;
  readonly ledger: Ledger;
  readonly topology: Topology;
  readonly feed: Feed;
  readonly joint: Joint;
  now(): number;
  bridges(): Peer[];
}

/** Claims of one peer that wait for their records, at most. What comes beyond is not kept: it is wanted again (T5). */
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
    for (const peer of this.#port.bridges()) {
      const { active, want } = peer.state;
      // What was wanted can have been let go without a claim: nobody waits for that any more, nor does the alarm.
      if (!isWanted && want !== null) peer.amend({ want: null });
      if (!isWanted || !active || (!again && want !== null && want.at <= at)) continue;
      peer.send({ t: 'want', watermark: at });
      peer.amend({ want: { at, told: now() } });
    }
  }

  /** A claim has come: taken up where `next` has reached it, else it waits, for its peer. */
  async take(peer: Peer, { at, next }: Claim): Promise<void> {
    const { meta } = this.#port.ledger;
    if (meta.next !== null && compareOffsets(next, meta.next) > 0) {
      const { waitingClaims } = peer.state;
      if (waitingClaims.length === MOST_WAITING_CLAIMS) return;
      peer.amend({ waitingClaims: [...waitingClaims, { at, next }].sort((a, b) => compareOffsets(a.next, b.next)) });
      return;
    }
    if (meta.next === null) this.#port.ledger.transaction(() => (meta.next = next));
    await this.#takeUp(peer, at);
  }

  /** Takes up the claims that waited for what is durable now. */
  async takeWaiting(peer: Peer): Promise<void> {
    for (;;) {
      const [claim, ...others] = peer.state.waitingClaims;
      if (claim === undefined || compareOffsets(claim.next, this.#port.ledger.meta.next as string) > 0) return;
      peer.amend({ waitingClaims: others });
      await this.#takeUp(peer, claim.at);
    }
  }

  async #takeUp(peer: Peer, at: number): Promise<void> {
    peer.amend({ want: null });
    await this.#port.feed.claim(Math.min(at, this.#port.now()));
  }
}
