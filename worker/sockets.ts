import { encode } from '../src/protocol/codec.ts';
import type { BridgeFrame, ObjectFrame } from '../src/protocol/frames.ts';
import { CLOSE } from '../src/protocol/frames.ts';

/** What is kept with a bridge's socket through hibernation. */
export interface BridgeSocket {
  readonly role: 'bridge';
  readonly acceptedAt: number;
  /** After its `hello`; `active` until another takes over (P5). */
  readonly bridge: string | null;
  readonly active: boolean;
  readonly outcomes: boolean;
  /** The last `ack.next` told, and the last outcome sent. */
  readonly acked: string | null;
  readonly sentSeq: number;
  /** A frame was lost or dropped: nothing counts until one with `from <= next` comes. */
  readonly rewinding: boolean;
  /** Where the frame began that was dropped when the partition stopped, until a `nack` has said so. */
  readonly dropped: string | null;
  /** A claim that came before its records (T5). */
  readonly pendingClaim: { readonly at: number; readonly next: string } | null;
  /** The last `want`, and when it was told. */
  readonly want: { readonly at: number; readonly told: number } | null;
}

/** What is kept with a viewer's. */
export interface ViewerSocket {
  readonly role: 'viewer';
  readonly n: number;
}

export type Attachment = BridgeSocket | ViewerSocket;

export function newBridge(acceptedAt: number): BridgeSocket {
  return {
    ...{ role: 'bridge', acceptedAt, bridge: null, active: false, outcomes: false, acked: null, sentSeq: 0 },
    ...{ rewinding: false, dropped: null, pendingClaim: null, want: null },
  };
}

export function attachmentOf(socket: WebSocket): Attachment {
  return socket.deserializeAttachment() as Attachment;
}

export function bridgeOf(socket: WebSocket): BridgeSocket {
  return socket.deserializeAttachment() as BridgeSocket;
}

export function amend(socket: WebSocket, change: Partial<BridgeSocket>): BridgeSocket {
  const amended = { ...bridgeOf(socket), ...change };
  socket.serializeAttachment(amended);
  return amended;
}

/** Sends, unless the other side has gone in the meantime: what it missed it will ask for. */
export function send(socket: WebSocket, frame: ObjectFrame | BridgeFrame): void {
  try {
    socket.send(encode(frame));
  } catch {
    // The socket is closing; its close event follows.
  }
}

/** Says why, as a frame and as the reason, then closes. */
export function refuse(socket: WebSocket, close: Exclude<keyof typeof CLOSE, 'normal' | 'goingAway'>, code: string, message: string): void {
  send(socket, { t: 'error', code, message });
  try {
    socket.close(CLOSE[close], message.slice(0, 100));
  } catch {
    // Closed already.
  }
}
