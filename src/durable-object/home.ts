import type { StreamRecord } from '../core/record.ts';
import type { KeyCounts } from '../core/state.ts';
import type { Disposition } from '../core/step.ts';
import type { Deadline, Mail } from '../stores/durable-object.ts';

/** Records of one key, in order, each with the watermark in force at its place; `null` where there is none yet. */
export interface Batch {
  readonly records: readonly { readonly record: StreamRecord; readonly watermark: number | null }[];
  /** In force after the records. */
  readonly watermark: number | null;
  readonly now: number;
  /** The partition's object: whom to ask for the watermark, and to tell. */
  readonly home: string;
  /** What the partition knows to be stored of this key, if it knows anything. */
  readonly confirmed?: Confirmation | undefined;
  /** Offsets were lost before these records (`gap`), or the operator lets held windows go. */
  readonly also?: 'gap' | 'release';
}

/**
 * How far a partition has stored what a key told it: everything up to `seq`. `life` names one life of the key's object, from its first record until it is forgotten (D8),
 * since each life counts from 1.
 */
export interface Confirmation {
  readonly life: string;
  readonly seq: number;
}

/** What a key answers: how its records ended, and everything that its partition has not confirmed yet (D2). */
export interface Answer {
  readonly confirmation: Confirmation;
  readonly dispositions: readonly Disposition[];
  /** What this call added to the key's counts (R3); of `missed`, where it did. */
  readonly counted: KeyCounts & { readonly missed?: number };
  readonly mail: readonly Mail[];
  readonly deadlines: readonly Deadline[];
  /** The key has come from another partition with these records: the last instant at which something falls due that was open there. */
  readonly openElsewhere?: number;
  /** The key's home is another partition, which is told whatever there is to tell: nothing of it stands where this answer goes. */
  readonly isElsewhere?: true;
}

/** What a key's object asks of its partition's. */
export interface Home {
  /** How far the source is, as the partition knows it for this key; `at` is a hint which instant is waited for. */
  watermarkFor(key: string, at: number): Promise<number | null>;
  deliver(key: string, answer: Answer): Promise<void>;
}
