import type { StreamRecord } from '../core/record.ts';
import type { Late, Rejected, Result } from '../core/result.ts';
import type { WindowKind } from '../core/window.ts';

/**
 * An event as a record of its key, or why it is none (R7). Where the key function may say null (`K`), an event of no key stands beside its rejection: the outer side of
 * a join has a result for it, and windows have none.
 */
export type Keyed<V, K extends string | null = string> =
  | { readonly record: StreamRecord<V> }
  | { readonly rejected: Rejected<V>; readonly event: unknown; readonly unkeyed?: null extends K ? Unkeyed<V> : never };

/** A record but for its key. */
export type Unkeyed<V> = Omit<StreamRecord<V>, 'key'>;

/** A keyed event on its way into windows; `M` says whether they merge. */
export interface Windowed<V, M extends boolean = boolean> {
  readonly windows: WindowKind<V, M>;
  readonly keyed: Keyed<V>;
}

/** A window's last word. */
export type Final<O, K extends string | null = string> = Result<O, K> & { readonly final: true };

/** A word that another may follow: its value is null where it takes the one before back, since the window is no more. */
export type Update<O, K extends string | null = string> = Result<O | null, K> & { readonly final: false };

/** All that comes out: results (R1), and the records that made none (R4). `event` is one that was refused before it was a record. */
export type WindowOutput<V = unknown, S = unknown, O = unknown, K extends string | null = string> =
  | { readonly kind: 'result'; readonly result: Final<O, K> | Update<O, K> }
  | { readonly kind: 'late'; readonly late: Late<V, S> }
  | { readonly kind: 'rejected'; readonly rejected: Rejected<V>; readonly event?: unknown };
