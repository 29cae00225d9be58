import type { Durability } from '../stores/indexeddb.ts';
import type { Untold } from '../stores/outbox.ts';
import type { KeyWindows } from './windows.ts';

/** Version of the messages between tabs. One of another version is not heard: tabs of two releases lead in turn, and do not confuse each other. */
const VERSION = 1;

/** What is asked of the leader, until it is answered: an event as JSON text, or a claim. `at`: the clock when it was sent. */
export interface Asked {
  readonly id: string;
  readonly at: number;
  readonly text?: string;
  readonly watermark?: number;
}

/** How an event ended; of one that was refused also why, for people. */
export interface Answer {
  readonly kind: 'folded' | 'waiting' | 'late' | 'rejected' | 'duplicate';
  readonly code?: string;
  readonly message?: string;
}

/** What tabs say to each other on the channel, each to all others; `from` names the tab. */
export type Message = { readonly from: string } & Said;

export type Said =
  /** A tab has opened: whoever leads says so, and tells all windows. */
  | { readonly t: 'hello' }
  | { readonly t: 'lead'; readonly durability: Durability }
  /** To the leader named alone: whoever leads next is asked again, in the order of asking. */
  | { readonly t: 'ask'; readonly to: string; readonly asked: readonly Asked[] }
  | { readonly t: 'done'; readonly answers: readonly (readonly [id: string, answer: Answer])[] }
  | { readonly t: 'told'; readonly told: Untold }
  /** Open windows of these keys as they are now; `first`: nothing else is open. `more`: another page follows. */
  | { readonly t: 'windows'; readonly first: boolean; readonly more: boolean; readonly keys: KeyWindows };

/** What is needed of each, beside `from`. */
const FITS: Readonly<Record<string, (said: Record<string, unknown>) => boolean>> = {
  hello: () => true,
  lead: ({ durability }) => isObject(durability),
  ask: ({ asked }) => Array.isArray(asked) && asked.every((one) => isObject(one) && typeof one.id === 'string'),
  done: ({ answers }) => isPairs(answers),
  told: ({ told }) => isObject(told) && Number.isInteger(told.from) && Array.isArray(told.items),
  windows: ({ keys }) => isPairs(keys),
};

export function packed(from: string, said: Said): unknown {
  return { ...said, from, oriel: VERSION };
}

/** The message in what came over the channel; `undefined` for what is none of this version. */
export function unpacked(data: unknown): Message | undefined {
  if (!isObject(data) || data.oriel !== VERSION || typeof data.from !== 'string' || !Object.hasOwn(FITS, data.t as string)) return undefined;
  return FITS[data.t as string]?.(data) ? (data as Message) : undefined;
}

function isObject(given: unknown): given is Record<string, unknown> {
  return typeof given === 'object' && given !== null;
}

function isPairs(given: unknown): boolean {
  return Array.isArray(given) && given.every((pair) => Array.isArray(pair) && typeof pair[0] === 'string');
}
