/** How a connection came to its end. */
export type Ended =
  /** Closed by a close frame, or broken (1006). */
  | { readonly kind: 'closed'; readonly code: number; readonly reason: string }
  /** The upgrade was answered with another HTTP status; `detail` is what the body says, shortened. */
  | { readonly kind: 'refused'; readonly status: number; readonly detail: string }
  /** There was no answer: refused connection, unknown host, no handshake in time. */
  | { readonly kind: 'unreachable'; readonly message: string };

export interface TransportEvents {
  open(): void;
  text(text: string): void;
  /** Exactly once, and last. */
  ended(how: Ended): void;
}

/** One socket, once it is dialled. After `ended` its methods do nothing. */
export interface Transport {
  send(text: string): void;
  /** Says goodbye; `ended` follows, at the latest after a few seconds. */
  close(code: number, reason: string): void;
  /** Drops the connection without a word to the other side; `ended` follows at once, 1006 with `why`. */
  drop(why: string): void;
}

/** Dials the partition's object. Events come after the call has returned. */
export type Dial = (events: TransportEvents) => Transport;
