import type { Delivery } from '../protocol/delivery.ts';
import type { Outcome } from '../protocol/outcome.ts';
import type { Batch } from '../protocol/source-record.ts';

/**
 * Kafka behind a REST gateway, as both a bridge and a Worker use it: `fetch` is all that is needed. Offsets are decimal strings, instants ms since 1970.
 * Whatever talks to a gateway throws an `OrielError`: `retryable` ones are tried again with back-off (`UNAVAILABLE`), others end it: `NOT_ALLOWED` (credentials, rights), `UNKNOWN_TOPIC`,
 * `COMPACTED`, `OPTION` (a setting is at fault, and the message says which).
 */

/** Who speaks at the other end: they share most of their routes, and differ in what the answers mean. */
export const DIALECTS = ['confluent', 'strimzi', 'karapace', 'redpanda'] as const;
export type Dialect = (typeof DIALECTS)[number];

/** How a gateway is reached. */
export interface GatewayConnection {
  /** `http(s)://HOST[:PORT][/PATH]`, without a slash at its end. Where it ends in `/v3/clusters/ID`, it is the v3 API, to which one can only produce. */
  readonly base: string;
  /** `auto`: found by asking (`dialectOf`). */
  readonly dialect: Dialect | 'auto';
  readonly credentials?:
    | { readonly kind: 'basic'; readonly username: string; readonly password: string }
    | { readonly kind: 'bearer'; readonly token: string };
  /**
   * Where a consumer instance lives, which the gateway says as `base_uri`: `own` keeps the host that is set and takes the path only; `follow` goes to the host named (several gateways
   * behind one name), with the credentials.
   */
  readonly instances: 'own' | 'follow';
}

/** What a gateway call needs of its surroundings. */
export interface GatewayPorts {
  readonly fetch: typeof globalThis.fetch;
  /** Processing time, ms. */
  readonly now: () => number;
  /** A limit on the time of one call, which is ended with it: in a Durable Object a timer that is left keeps the object awake. Default: `AbortSignal.timeout`, which runs its time. */
  readonly limit?: (ms: number) => { readonly signal: AbortSignal; end(): void };
}

/** A topic as its gateway describes it. */
export interface GatewayTopic {
  readonly partitions: number;
  /** The log that positions belong to, as far as a gateway can name it (P6): no gateway tells the id of a topic. */
  readonly incarnation: string;
}

export interface PollOptions {
  /** Roughly, of the answer's bytes; one record is read even where it alone is more, as far as the gateway lets it. */
  readonly maxBytes: number;
  /** How long the gateway may wait for a record, ms; 0 for not at all. */
  readonly waitMs: number;
  readonly signal: AbortSignal;
}

/** What a claim rests on (T5): `clock` was read before the gateway was asked. Where it cannot prove where its log ends, `unproven` says why in words for the operator. */
export type LogEnd = { readonly clock: number; readonly end: string } | { readonly clock: number; readonly unproven: string };

/** First and next offset of a partition, as last known; `end` is at least what was read. */
export interface LogBounds {
  readonly start: string;
  readonly end: string;
}

/**
 * Reads one partition of one topic. Calls of `poll`, `endAt`, `commit`, `first` and `close` may overlap: the reader puts those in order that touch its consumer instance.
 * A reader that is thrown away leaves at most one consumer instance behind, which the gateway lets go when it has been idle for its time.
 */
export interface PartitionReader {
  /** Asks what the topic is, and where the partition starts and ends. @throws OrielError `COMPACTED`, `UNKNOWN_TOPIC`, `PARTITIONS` (there is no such partition) */
  describe(signal: AbortSignal): Promise<GatewayTopic & LogBounds>;
  /** Asks once for records at or above `from`. An empty batch: there are none that the gateway would give now; its `next` is above `from` where the offsets between are proven to hold no record. */
  poll(from: string, options: PollOptions): Promise<Batch>;
  /** Where the log ended at `clock` or later. `next`: the offset that is read next; everything below it has been read. */
  endAt(next: string, signal: AbortSignal): Promise<LogEnd>;
  /** Offset to start at: the least that is there, or the end, or the first one written at that instant or later. @throws OrielError `OPTION` where the gateway cannot tell */
  first(from: 'earliest' | 'latest' | number, signal: AbortSignal): Promise<string>;
  /** What the group has committed, as the next offset; `undefined` where nothing, or where the gateway cannot tell. */
  committed(signal: AbortSignal): Promise<string | undefined>;
  /** Commits `next`, by the rule of the dialect: the next offset to be read, in whatever number means that. */
  commit(next: string, signal: AbortSignal): Promise<void>;
  /** Lets go of the consumer instance. Never rejects. */
  close(signal: AbortSignal): Promise<void>;
  /** The consumer instance, for a later reader that goes on with it (`ReaderOptions.session`); JSON data. `undefined` where there is none. */
  readonly session: ReaderSession | undefined;
  /** What does not let the reader go on, for the operator: a record that the gateway does not give, for example. `undefined` while all is well. */
  readonly trouble: string | undefined;
}

export interface ReaderSession {
  readonly group: string;
  /** Path and, with `follow`, host of the instance. */
  readonly base: string;
}

export interface ReaderOptions extends GatewayPorts {
  readonly connection: GatewayConnection & { readonly dialect: Dialect };
  readonly topic: string;
  readonly partition: number;
  readonly group: string;
  /** Names consumer instances; each new one gets a name of its own that begins with it. */
  readonly name: string;
  /** Of `auto.offset.reset`-like choices none is left to the gateway: where to read is said by `poll`. */
  readonly session?: ReaderSession;
  /** Uncommitted records of open transactions are read by gateways that know no other way. */
  readonly isolation: 'read_committed' | 'read_uncommitted';
  /** The most that one answer may have, bytes: what is raised for a large record stops here. */
  readonly mostBytes: number;
}

/** Writes outcomes into a topic. One call at a time for each partition of the source; calls may overlap. */
export interface OutcomeProducer {
  /**
   * Stores outcomes in their order; resolves with one delivery for each. Where it rejects, none counts as stored and the same ones come again. Outcomes of one key are never under way together.
   */
  deliver(outcomes: readonly Outcome[], signal: AbortSignal): Promise<readonly Delivery[]>;
}
