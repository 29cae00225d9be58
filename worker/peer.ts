import type { ObjectFrame } from '../src/protocol/frames.ts';
import type { CLOSE } from '../src/protocol/sockets.ts';
import type { BridgeSocket } from './sockets.ts';

/** Why a bridge is sent away. */
export type Refusal = Exclude<keyof typeof CLOSE, 'normal' | 'goingAway'>;

/** Whoever speaks the bridge's side of `oriel.v1` to a partition's object: a bridge at its WebSocket, or the object's own pull. The same one is the same object for as long as it is in memory. */
export interface Peer {
  /** What is known of it, for as long as it is connected. */
  readonly state: BridgeSocket;
  amend(change: Partial<BridgeSocket>): void;
  readonly isOpen: boolean;
  /** Never throws: what one that has gone has missed, it will ask for. */
  send(frame: ObjectFrame): void;
  /** Says why, and closes. What comes of it after that is not taken. */
  refuse(close: Refusal, code: string, message: string): void;
}
