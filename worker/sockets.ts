import { encode } from '../src/protocol/frame-text.ts';
import type { ObjectFrame } from '../src/protocol/frames.ts';
import { CLOSE } from '../src/protocol/sockets.ts';
import { log } from './log.ts';
import type { Peer, Refusal } from './peer.ts';

export interface WaitingClaim {
  readonly at: number;
  readonly next: string;
}

/** What is known of a bridge for as long as it is connected; of one at a socket it is kept through hibernation. */
export interface BridgeSocket {
  readonly role: 'bridge';
  /** Whose socket it is: `topic/partition`. */
  readonly object: string | undefined;
  readonly acceptedAt: number;
  /** Once it has said `hello`; `active` from when it was admitted until another takes over (P5) or it is refused: only then do its frames count. */
  readonly bridge: string | null;
  readonly active: boolean;
  readonly outcomes: boolean;
  /** The last `ack.next` told, and the last outcome sent. */
  readonly acked: string | null;
  readonly sentSeq: number;
  /** A frame was lost or dropped: nothing counts until one with `from <= next` comes. */
  readonly rewinding: boolean;
  /** When to ask again for the frame that was dropped as the partition stopped. */
  readonly retryAt: number | null;
  /** Claims that came before their records, by `next` (T5). */
  readonly waitingClaims: readonly WaitingClaim[];
  /** The last `want`, and when it was told. */
  readonly want: { readonly at: number; readonly told: number } | null;
}

/** What is kept with a viewer's. */
export interface ViewerSocket {
  readonly role: 'viewer';
  readonly n: number;
}

export type Attachment = BridgeSocket | ViewerSocket;

export function newBridge(acceptedAt: number, object?: string): BridgeSocket {
  return {
    ...{ role: 'bridge', object, acceptedAt, bridge: null, active: false, outcomes: false, acked: null, sentSeq: 0 },
    ...{ rewinding: false, retryAt: null, waitingClaims: [], want: null },
  };
}

export function attachmentOf(socket: WebSocket): Attachment {
  return socket.deserializeAttachment() as Attachment;
}

/** A bridge at its WebSocket: its state stands in the attachment, and survives hibernation. */
class SocketPeer implements Peer {
  readonly #socket: WebSocket;

  constructor(socket: WebSocket) {
    this.#socket = socket;
  }

  get state(): BridgeSocket {
    return attachmentOf(this.#socket) as BridgeSocket;
  }

  amend(change: Partial<BridgeSocket>): void {
    this.#socket.serializeAttachment({ ...this.state, ...change });
  }

  get isOpen(): boolean {
    return this.#socket.readyState === WebSocket.OPEN;
  }

  send(frame: ObjectFrame): void {
    send(this.#socket, frame);
  }

  refuse(close: Refusal, code: string, message: string): void {
    refuse(this.#socket, close, code, message);
  }
}

const peers = new WeakMap<WebSocket, Peer>();

/** The bridge at a socket. */
export function peerOf(socket: WebSocket): Peer {
  const known = peers.get(socket);
  if (known !== undefined) return known;
  const peer = new SocketPeer(socket);
  peers.set(socket, peer);
  return peer;
}

/** Says why, as a frame and as the reason, then closes. What comes on the socket after that is not taken. */
export function refuse(socket: WebSocket, close: Refusal, code: string, message: string): void {
  const attachment = attachmentOf(socket);
  if (socket.readyState === WebSocket.OPEN) {
    const { object, bridge } = attachment.role === 'bridge' ? attachment : { object: undefined, bridge: undefined };
    log(close === 'superseded' ? 'info' : 'warn', `a ${attachment.role} was refused`, { object, bridge, code, error: message });
  }
  send(socket, { t: 'error', code, message });
  if (attachment.role === 'bridge') socket.serializeAttachment({ ...attachment, active: false });
  try {
    socket.close(CLOSE[close], reasonOf(message));
  } catch {
    // Closed already.
  }
}

/** Sends, unless the other side has gone in the meantime: what it missed it will ask for. */
function send(socket: WebSocket, frame: ObjectFrame): void {
  try {
    socket.send(encode(frame));
  } catch {
    // The socket is closing; its close event follows.
  }
}

/** As much of a message as a close frame holds: at most 123 bytes of UTF-8. */
function reasonOf(message: string): string {
  const { read } = new TextEncoder().encodeInto(message, new Uint8Array(123));
  return message.slice(0, read);
}
