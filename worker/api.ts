import type { Counts, LiveOutcome, LiveSource, LiveWindow } from '../src/protocol/live.ts';

/** A page of a listing: `next` is the cursor of the following page, `null` on the last. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly next: string | null;
}

/** `limit` in [1, 1000]; `after` is a `next` of the page before, for outcomes the last `seq` seen. */
export interface PageQuery {
  readonly limit: number;
  readonly after?: string;
}

/** An event posted over HTTP, already checked by the schema of its route. */
export interface PostedEvent {
  readonly id: string;
  readonly key: string;
  readonly timestamp?: number;
  readonly value: unknown;
}

/** How a record ended (R3), or that it waits. */
export interface Disposition {
  readonly id: string;
  readonly disposition: 'folded' | 'waiting' | 'late' | 'rejected' | 'duplicate';
  readonly code?: string;
}

export interface DeadLetter {
  readonly seq: string;
  readonly source: unknown;
  readonly code: string;
  readonly message: string;
  readonly key: string | null;
  readonly timestamp: number | null;
  readonly value?: unknown;
  readonly raw?: string;
}

/** Where one partition stands: the basis of `/metrics` and of `GET /v1/sources/{topic}/{partition}`. */
export interface PartitionStatus {
  readonly topic: string;
  readonly partition: number;
  readonly time: 'source' | 'clock' | 'stream';
  readonly now: number;
  readonly watermark: number | null;
  /** The next offset wanted; `null` where none ever came. */
  readonly next: string | null;
  readonly incarnation: string | null;
  readonly source: LiveSource;
  readonly counts: Counts;
  /** Records by disposition and code, outcomes by type and reason: for Prometheus. */
  readonly records: readonly { readonly disposition: string; readonly code: string; readonly count: number }[];
  readonly outcomes: readonly { readonly type: string; readonly reason: string; readonly count: number }[];
  /** Windows that had closed before a record which other windows took (R3). */
  readonly missed: number;
  /** Least `closesAt` among the held windows. */
  readonly oldestHold: number | null;
  /** The bridge's clock less the object's when it said hello, ms. */
  readonly skewMs: number | null;
  readonly outbox: { readonly depth: number; readonly ageMs: number };
  /** Lateness of the last alarm runs and closings, ms. */
  readonly alarmLatenessMs: number;
  readonly deadLetters: number;
  /** Customers that have failed for so long that their records wait here (D11), and how many records. */
  readonly parked: { readonly customers: number; readonly records: number };
}

/** What the Worker's routes ask of a partition's object. `fetch` takes the upgrades of `/v1/ingest` and `/v1/live`. */
export interface PartitionApi {
  fetch(request: Request): Promise<Response>;
  post(events: readonly PostedEvent[]): Promise<readonly Disposition[]>;
  windows(query: PageQuery): Promise<Page<LiveWindow>>;
  outcomes(query: PageQuery): Promise<Page<LiveOutcome>>;
  deadLetters(query: PageQuery): Promise<Page<DeadLetter>>;
  status(): Promise<PartitionStatus>;
  /** Closes every held window, `closedBy: 'operator'`; says how many. */
  release(): Promise<{ released: number }>;
  /** Accepts whichever log connects next (P6). */
  reset(): Promise<void>;
  /** Has it go on reading its gateway, where its alarm was lost or never set. */
  pull(): Promise<void>;
}

export interface CustomerWindow {
  readonly id: string;
  readonly start: number;
  readonly end: number;
  readonly closesAt: number;
  readonly status: string;
  readonly held: boolean;
}

export interface CustomerView {
  readonly customerId: string;
  readonly watermark: number | null;
  readonly counts: {
    readonly folded: number;
    readonly waiting: number;
    readonly late: number;
    readonly rejected: number;
    readonly duplicate: number;
    readonly missed?: number | undefined;
  };
  readonly windows: readonly CustomerWindow[];
  /** Of the windows still remembered (W8), newest last, at most 100. */
  readonly outcomes: readonly LiveOutcome['value'][];
}

/** What the Worker's routes ask of a customer's object; `null` for one never seen, and nothing is written. */
export interface CustomerApi {
  view(): Promise<CustomerView | null>;
}
