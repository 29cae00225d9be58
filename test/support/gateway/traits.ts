import type { Dialect } from '../../../src/gateway/gateway.ts';
import type { LogIsolation } from './log.ts';

/**
 * What a gateway's dialect does besides its routes, as its source says (Confluent REST Proxy 8.5, Strimzi bridge 0.33.1 and 1.1, Karapace 6.2, Redpanda of Dec 2024). A test that wants
 * a gateway without one of these traps, or with another's, gives its own.
 */
export interface GatewayTraits {
  /** What one poll takes from the log at most. */
  readonly mostPollRecords: number;
  /** How long a poll waits where the request does not say, ms. */
  readonly defaultWaitMs: number;
  /** A poll's wait is cut to this, ms, unless the instance was made with another `consumer.request.timeout.ms`. */
  readonly mostWaitMs: number;
  /** Answers of a poll are cut to this, bytes. */
  readonly mostAnswerBytes: number;
  /** An instance that nobody has asked for so long is forgotten, ms. */
  readonly idleMs: number;
  /** What consumers read where their maker does not say. */
  readonly isolation: LogIsolation;
  /** Which end `GET /topics/T/partitions/P/offsets` tells. */
  readonly endOffset: 'end' | 'stable';
  /** Without `fetch.min.bytes`, a poll waits all of its time, whatever there is (Confluent). */
  readonly waitsForBytes: boolean;
  /** Records that an instance has fetched and not handed out stay over a seek, and come first (Confluent). */
  readonly keepsFetchedOverSeek: boolean;
  /** What is above `max_bytes` of a fetched batch is dropped, and the position is behind it (Karapace). */
  readonly dropsRestOfBatch: boolean;
  /** A position of more than the end, and one below the start, is `earliest` or `latest` without a word, as `auto.offset.reset` says. */
  readonly resetsOutOfRange: boolean;
  /** Records of one batch: a read of an offset gives the whole batch it is in (Redpanda). */
  readonly batchRecords: number;
  /** Another host in `base_uri` than the one that is asked: `http://HOST:PORT`. */
  readonly baseUri?: string;
  /** Strimzi: the most that may be under way; more are answered 503. */
  readonly mostAtOnce: number;
  /**
   * Above 0: how long a record that is too large for its topic, with another behind it in the same request, keeps a producer of Java busy, ms; then neither is stored, and the error says
   * that their time is over (seen with Strimzi 0.33.1 and the client 4.1.0, which sends such a batch again and again for `delivery.timeout.ms`, 120 s). Default: 0, it is refused at once.
   */
  readonly sendsAgainMs: number;
  /** Entries of one request of `records:batch`. */
  readonly mostBatchEntries: number;
}

const COMMON: GatewayTraits = {
  mostPollRecords: 500,
  defaultWaitMs: 1_000,
  mostWaitMs: Number.POSITIVE_INFINITY,
  mostAnswerBytes: 64 * 1_024 * 1_024,
  idleMs: Number.POSITIVE_INFINITY,
  isolation: 'read_uncommitted',
  endOffset: 'end',
  waitsForBytes: false,
  keepsFetchedOverSeek: false,
  dropsRestOfBatch: false,
  resetsOutOfRange: true,
  batchRecords: 1,
  mostAtOnce: Number.POSITIVE_INFINITY,
  sendsAgainMs: 0,
  mostBatchEntries: 10,
};

export const TRAITS: Readonly<Record<Dialect, GatewayTraits>> = {
  confluent: { ...COMMON, mostPollRecords: 30, mostWaitMs: 1_000, idleMs: 300_000, waitsForBytes: true, keepsFetchedOverSeek: true },
  strimzi: { ...COMMON, defaultWaitMs: 100, mostAnswerBytes: Number.POSITIVE_INFINITY },
  karapace: { ...COMMON, defaultWaitMs: 11_000, isolation: 'read_committed', dropsRestOfBatch: true },
  redpanda: { ...COMMON, mostWaitMs: 100, mostAnswerBytes: 1_048_576, idleMs: 300_000, batchRecords: 4 },
};
