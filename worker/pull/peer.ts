import type { ObjectFrame, OutcomeFrame } from '../../src/protocol/frames.ts';
import type { Credit } from '../../src/protocol/limits.ts';
import { log } from '../log.ts';
import type { Peer, Refusal } from '../peer.ts';
import { type BridgeSocket, newBridge } from '../sockets.ts';

/** The pull as the object's side of the protocol sees it. All of it lives in memory: what matters is stored by the object. */
export class PullPeer implements Peer {
  readonly #object: string | undefined;
  #state: BridgeSocket;
  #refusal: { readonly close: Refusal; readonly code: string; readonly message: string } | undefined;
  /** Told and not yet given back, in `seq` order. */
  readonly outcomes: OutcomeFrame[] = [];
  /** Whether anything may be sent at all. The pull has one frame out at a time: that it stays within the credit needs no counting. */
  hasCredit: boolean;

  constructor(object: string | undefined, state: Partial<BridgeSocket>, credit: Credit) {
    this.#object = object;
    this.#state = { ...newBridge(0, object), ...state };
    this.hasCredit = credit.records > 0;
  }

  get state(): BridgeSocket {
    return this.#state;
  }

  amend(change: Partial<BridgeSocket>): void {
    this.#state = { ...this.#state, ...change };
  }

  get isOpen(): boolean {
    return this.#refusal === undefined;
  }

  /** Why it was sent away. */
  get refusal(): { readonly close: Refusal; readonly code: string; readonly message: string } | undefined {
    return this.#refusal;
  }

  send(frame: ObjectFrame): void {
    if (frame.t === 'outcome') this.outcomes.push(frame);
    if (frame.t === 'ack' || frame.t === 'welcome') this.hasCredit = frame.credit.records > 0;
  }

  refuse(close: Refusal, code: string, message: string): void {
    // Of what else there is the pull itself says, once.
    if (this.isOpen && close === 'superseded') log('info', 'the pull was superseded', { object: this.#object, code, error: message });
    this.#refusal ??= { close, code, message };
    this.amend({ active: false });
  }
}
