import type { LiveState } from '../../../src/client.ts';
import type { LabSettings } from './settings.ts';

/** What customers do; the events of `oriel/reservation`. */
export type EventType = 'CustomerRequestedTable' | 'CustomerPaidForTable' | 'CustomerCancelledReservation';

/** A record of the lab's log. Instants are ms of the lab's clock. */
export interface LabRecord {
  /** Its place in the log before any record was moved: a moved one keeps it, so it names the record for good. */
  readonly offset: number;
  readonly key: string;
  readonly table: string;
  readonly type: EventType;
  /** Event time: when the customer did it. */
  readonly timestamp: number;
  /** When it stood in the log. What is more than the grace behind its event time may come too late. */
  readonly appended: number;
  /** When the engine got it; `null` while it waits: the source is behind, or the engine is down. */
  readonly delivered: number | null;
  /** What the engine made of it; `null` until it has it. */
  readonly fate: 'folded' | 'waiting' | 'late' | 'rejected' | 'duplicate' | null;
  /** What Kafka Streams makes of it: it drops what comes after its window, and tells nobody. */
  readonly rivalFate: 'folded' | 'dropped' | null;
  /** The reader did it, or has moved it. */
  readonly own: boolean;
}

/** A watermark from an instant on, until the next one. Both in ms. */
export interface WatermarkStep {
  readonly at: number;
  readonly watermark: number;
}

/** A window of the same records under the semantics of Kafka Streams: cut at multiples of its size since 1970, closed by stream time alone. */
export interface RivalWindow {
  readonly key: string;
  readonly table: string;
  readonly start: number;
  readonly end: number;
  readonly closesAt: number;
  readonly requested: boolean;
  readonly paid: boolean;
  readonly cancelled: boolean;
  /** When its result was told; `null` while it is open. */
  readonly toldAt: number | null;
}

/** What became of one reservation here and there. */
export interface Comparison {
  readonly key: string;
  readonly table: string;
  /** When it was requested: names it, with key and table. */
  readonly requested: number;
  readonly ours: Told | null;
  readonly theirs: Told | null;
  /**
   * `wrong`: they freed a table that was paid for in time (or kept one that was not). `silent`: we have told, the time of their window is up, and they wait for another
   * record. `early`: they have told while the log held what had not been delivered, and we have not. `same`: the table is kept here and there, or free here and there;
   * `open`: else.
   */
  readonly differs: 'same' | 'open' | 'wrong' | 'silent' | 'early';
}

export interface Told {
  readonly verdict: 'kept' | 'freed' | 'cancelled';
  /** When it was told. */
  readonly at: number;
}

/** How long after `closesAt` windows have closed, ms of the lab's clock; `null` before the first. */
export interface Lateness {
  readonly count: number;
  readonly p50: number | null;
  readonly p99: number | null;
}

export type EngineState = 'running' | 'killed' | 'asleep';

/** All that can be drawn of the lab, as it stands at one instant. A new value for each change; the parts that did not change are the same objects. */
export interface LabState {
  readonly settings: LabSettings;
  /** The lab's clock, ms since the epoch. It goes on between two states: `now + (local - stamped) * speed` while it runs. */
  readonly now: number;
  readonly running: boolean;
  readonly speed: number;
  /** How many times as fast it goes indeed, where the machine cannot keep up with `speed`; else `null`. */
  readonly realSpeed: number | null;
  /** Nobody does anything any more. */
  readonly idle: boolean;
  /** The source delivers nothing and claims nothing: records wait in the log. */
  readonly behind: boolean;
  readonly engine: EngineState;
  /** Where the state is kept; `why` where it is in memory alone. */
  readonly durability: { readonly kind: 'indexeddb' } | { readonly kind: 'memory'; readonly why: string };
  /** Ours, in the form that the live view of a Worker has. */
  readonly live: LiveState;
  /** The last records of the log, at most `RECORDS_SHOWN`, in its order; then those that were moved ahead of now: they are known by their `appended`, and are not counted. */
  readonly records: readonly LabRecord[];
  readonly recordCount: number;
  /** Ours and theirs as lines, oldest first, at most `STEPS_SHOWN` each; the last one holds until now. */
  readonly watermarks: readonly WatermarkStep[];
  readonly streamTimes: readonly WatermarkStep[];
  /** By customer: the last that were told, and all that were not, as they came. */
  readonly rival: ReadonlyMap<string, readonly RivalWindow[]>;
  /** Those that differ, the last decided first, then others, newest request first; at most `COMPARISONS_SHOWN`, and half of them of those that differ. The counts are of all. */
  readonly comparisons: readonly Comparison[];
  readonly compared: Readonly<Record<Comparison['differs'], number>> & { readonly dropped: number };
  readonly lateness: Lateness;
  /** The next instant at which a window closes or a waiting record gives up; `null` where nothing is due. */
  readonly nextDeadline: number | null;
  /** Of all outcomes told so far, without what replays may change (R6): the same log gives the same hash, hex. */
  readonly hash: string;
  /** What has just been done, in a sentence, for readers of screens; `''` at first. */
  readonly said: string;
}

export const RECORDS_SHOWN = 2_000;
export const STEPS_SHOWN = 2_000;
export const COMPARISONS_SHOWN = 200;
