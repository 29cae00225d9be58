import type { StreamRecord } from '../core/record.ts';
import type { Late, Rejected, Result } from '../core/result.ts';
import type { WindowKind } from '../core/window.ts';

/** An event as a record of its key, or why it is none (R7). */
export type Keyed<V> = { readonly record: StreamRecord<V> } | { readonly rejected: Rejected<V>; readonly event: unknown };

/** A keyed event on its way into windows. */
export interface Windowed<V> {
  readonly windows: WindowKind<V>;
  readonly keyed: Keyed<V>;
}

/** All that comes out: results (R1), and the records that made none (R4). `event` is one that was refused before it was a record. */
export type WindowOutput<V = unknown, S = unknown, O = unknown> =
  | { readonly kind: 'result'; readonly result: Result<O> }
  | { readonly kind: 'late'; readonly late: Late<V, S> }
  | { readonly kind: 'rejected'; readonly rejected: Rejected<V>; readonly event?: unknown };
