import type { WindowOutput } from '../rxjs/items.ts';
import type { Durability, Untold } from '../stores/indexeddb.ts';
import type { KeyWindows } from './windows.ts';

/** Version of the messages between tabs. One of another version is not heard: tabs of two releases lead in turn, and do not confuse each other. */
export const VERSION = 1;

/** What is asked of the leader, under a name, until it is answered: an event, plain JSON data, or a claim. `at`: the clock when it was sent. */
export interface Asked {
  readonly ask: string;
  /** Of the event; default: the name of the asking. */
  readonly id?: string | undefined;
  readonly at: number;
  readonly event?: unknown;
  readonly watermark?: number;
}

/** How an event ended; of one that was refused also why, for people. */
export interface Answer {
  readonly kind: 'folded' | 'waiting' | 'late' | 'rejected' | 'duplicate';
  readonly code?: string;
  readonly message?: string | undefined;
}

/** An output; of an event that was no record also under which name it was asked. */
export type Told<V = unknown, S = unknown, O = unknown> = WindowOutput<V, S, O> & { readonly ask?: string };

/** What tabs say, each to all others. */
export type Said =
  /** A tab has opened: whoever leads says so, and tells all windows. */
  | { readonly t: 'hello'; readonly list: readonly [] }
  /** Who says it leads, and this is where the state is. */
  | { readonly t: 'lead'; readonly list: readonly [Durability] }
  /** To the leader named alone: whoever leads next is asked again, in the order of asking. */
  | { readonly t: 'ask'; readonly to: string; readonly list: readonly Asked[] }
  | { readonly t: 'done'; readonly list: readonly (readonly [ask: string, answer: Answer])[] }
  /** Outputs, of which the first is `seq` of `life`. */
  | ({ readonly t: 'told' } & Untold<Told>)
  /** Open windows of these keys as they are now; the first after `lead` has them all. */
  | { readonly t: 'windows'; readonly list: KeyWindows };

/** As it is posted: `from` names the tab, `oriel` is the version. */
export type Message = { readonly from: string; readonly oriel: number } & Said;

/** Whether what came over the channel is a message of this version. One with a `t` that is none of these says nothing. */
export function isMessage(data: unknown): data is Message {
  const { oriel, list } = Object(data) as Partial<Record<string, unknown>>;
  return oriel === VERSION && Array.isArray(list) && list.every((one) => one === Object(one));
}
