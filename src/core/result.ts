import type { LateCode, RejectCode } from './errors.ts';
import type { Source, StreamRecord } from './record.ts';
import { sha256Head } from './sha256.ts';
import { type FoldedSources, firstOf } from './sources.ts';
import type { Bounds, ClosedBy } from './window.ts';

/** Why a result is what it is (R2). Instants in ms; `watermark` is null before the first claim. */
export interface Explanation {
  readonly closesAt: number | null;
  readonly watermark: number | null;
  readonly now: number;
  readonly sources: readonly Source[] | { readonly first: Source; readonly last: Source; readonly count: number };
  readonly closedBy?: ClosedBy;
  /** Ms by which the customer was late: how far past the window's end the record's timestamp is. */
  readonly afterEnd?: number;
  /** Ms by which the pipeline was late: how far past the window's closing the watermark was when the record came. */
  readonly afterClose?: number;
  /** Offsets were lost while the window was open. */
  readonly gap?: true;
}

/** One thing said of a window or a record (R2). Equal ids mean equal results, up to `now` and watermark at closing (R6). */
export interface Result<O = unknown, K extends string | null = string> {
  readonly id: string;
  /** From 1; rises with every result of the same id. */
  readonly revision: number;
  /** No later revision follows. */
  readonly final: boolean;
  readonly type: string;
  /** Null only of a join: a record of no key, which has no partner. */
  readonly key: K;
  readonly value: O;
  /** The window's end, or the greatest timestamp of its records (by the kind of window), or the deciding record's own. */
  readonly timestamp: number;
  readonly window?: { readonly id: string; readonly start: number; readonly end: number };
  readonly explanation: Explanation;
}

/** A record that came too late (R4). */
export interface Late<V = unknown, S = unknown> {
  readonly code: LateCode;
  readonly record: StreamRecord<V>;
  /** The window it belongs to, with its final state, where one is remembered. */
  readonly window?: Bounds & { readonly closedBy: ClosedBy; readonly state: S };
  readonly afterEnd?: number;
  readonly afterClose?: number;
}

/** A record that was refused (R4), or, without a record, a window whose final result could not be said: `closed` threw. */
export interface Rejected<V = unknown> {
  readonly code: RejectCode;
  readonly message: string;
  readonly record?: StreamRecord<V>;
  readonly window?: Bounds;
}

/** Whatever makes two results two: see R2. `by` is the record that decided, where one did. */
export interface Identity {
  readonly topology: string;
  readonly key: string | null;
  readonly kind: string;
  readonly id: string;
  readonly start: number | null;
  readonly type: string;
  readonly by?: Source | { readonly at: number; readonly nth?: number } | undefined;
}

/** The first 128 bits of a SHA-256 over the identity as JSON, in hex. */
export function resultId({ topology, key, kind, id, start, type, by }: Identity): string {
  return sha256Head(JSON.stringify([topology, key, kind, id, start, type, by === undefined ? null : canonical(by)]));
}

function canonical(by: NonNullable<Identity['by']>): (string | number | null)[] {
  if ('offset' in by) return ['offset', by.incarnation ?? null, by.topic, by.partition, by.offset];
  if ('id' in by) return ['id', by.id];
  return by.nth === undefined ? ['at', by.at] : ['at', by.at, by.nth];
}

/** How the folded sources are told (R2): all of them, or beyond 16 the first, the last and how many. */
export function tellSources(sources: FoldedSources): Explanation['sources'] {
  const first = firstOf(sources);
  const { lastSource, folded } = sources;
  if (lastSource === undefined || first[0] === undefined) return first.map(withoutIncarnation);
  return { first: withoutIncarnation(first[0]), last: withoutIncarnation(lastSource), count: folded };
}

/** Without the incarnation, which is the log's business. */
export function withoutIncarnation(source: Source): Source {
  return 'offset' in source ? { topic: source.topic, partition: source.partition, offset: source.offset } : source;
}
