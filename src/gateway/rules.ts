import type { ReaderOptions } from './gateway.ts';

/** A dialect that reads by a consumer instance. */
export type InstanceDialect = 'confluent' | 'strimzi' | 'karapace';

/** Where the three differ that read by a consumer instance. */
export interface Rules {
  /** Settings of a new instance. What stands beyond the format keeps the gateway from committing, and from deciding where to start. */
  create(name: string, isolation: ReaderOptions['isolation']): Readonly<Record<string, unknown>>;
  /** What to commit so that a later consumer of the group goes on at `next` (at least 1). */
  committed(next: bigint): bigint;
  /** A seek is all it takes to read from there: nothing that was fetched before comes after it. */
  readonly seekForgets: boolean;
  /** The least time to wait with which a poll can bring a record at all, ms. */
  readonly leastWaitMs: number;
  /** An answer that reached the bytes asked for is the begin of what was fetched: the rest was dropped, and the position stands behind it. */
  readonly dropsTheRest: boolean;
  /** One answer can be of several fetches, and the log's start can have moved between two of them. */
  readonly mixesFetches: boolean;
  /** A record that is more than the bytes asked for looks like the end of the log. */
  readonly hidesLarge: boolean;
}

export const RULES: Readonly<Record<InstanceDialect, Rules>> = {
  confluent: {
    create: (name) => ({
      name,
      format: 'binary',
      'auto.offset.reset': 'earliest',
      'auto.commit.enable': 'false',
      // Without it a poll waits for its whole time, records or not.
      'fetch.min.bytes': 1,
      // What a poll may wait at most; the default is a second.
      'consumer.request.timeout.ms': 60_000,
    }),
    committed: (next) => next - 1n,
    // It keeps a queue of what it has fetched and not handed out, and a seek leaves that as it is.
    seekForgets: false,
    leastWaitMs: 100,
    dropsTheRest: false,
    mixesFetches: false,
    hidesLarge: true,
  },
  strimzi: {
    create: (name, isolation) => ({
      name,
      format: 'binary',
      'auto.offset.reset': 'earliest',
      'enable.auto.commit': false,
      'fetch.min.bytes': 1,
      'isolation.level': isolation,
    }),
    committed: (next) => next,
    seekForgets: true,
    leastWaitMs: 100,
    dropsTheRest: false,
    mixesFetches: false,
    hidesLarge: false,
  },
  karapace: {
    create: (name) => ({
      name,
      format: 'binary',
      'auto.offset.reset': 'earliest',
      'auto.commit.enable': 'false',
      'fetch.min.bytes': 1,
    }),
    committed: (next) => next - 1n,
    seekForgets: true,
    // With 0 it asks its broker for nothing, and after a seek the first answer takes it half a second.
    leastWaitMs: 1_000,
    dropsTheRest: true,
    mixesFetches: true,
    hidesLarge: false,
  },
};
