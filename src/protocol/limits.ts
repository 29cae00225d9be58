/** What one frame, batch and record may be. The object says them in `welcome`; the bridge obeys what it is told. */
export interface Limits {
  /** UTF-8 bytes of one frame. */
  readonly frameBytes: number;
  /** Records of one `data` frame. */
  readonly batchRecords: number;
  /** UTF-8 bytes of one record's value as JSON. */
  readonly recordBytes: number;
}

/** The most that may be sent and not yet acknowledged (P3). `bytes` is 0 or at least `frameBytes`. */
export interface Credit {
  readonly records: number;
  readonly bytes: number;
}

/** The limits that a partition's object holds a bridge to. */
export const LIMITS: Limits = { frameBytes: 1_048_576, batchRecords: 500, recordBytes: 131_072 };

/** The credit that an object gives while its outbox has room (D6). */
export const CREDIT: Credit = { records: 5_000, bytes: 4_194_304 };

/** Outcomes sent and not yet acknowledged, at most (P3). */
export const OUTCOMES_IN_FLIGHT = 1_000;

export { KEY_BYTES } from '../core/text.ts';

/** How long a socket may stay without a `hello` (P4). */
export const HELLO_TIMEOUT_MS = 10_000;
/** How long a wanted claim may stay out before it is asked for again (T5). */
export const SILENCE_MS = 30_000;
