import { OrielError } from '../core/errors.ts';

/**
 * What became of one record of a request. `refused`: it is not stored, and the gateway or the broker says that it cannot be as it was given, which may be for the others it was given with.
 * `dropped`: it is not stored, for the sake of
 * another of its batch alone, which need not be one of this request: a gateway's producer puts several together. `failed`: it may be stored or not.
 */
export type Fate =
  | { readonly is: 'stored' }
  | { readonly is: 'refused'; readonly code: string; readonly why: string }
  | { readonly is: 'dropped'; readonly error: OrielError }
  | { readonly is: 'failed'; readonly error: OrielError };

/** A report on one record, whatever its dialect calls its parts. `code`: the gateway's, or Kafka's own where the gateway passes those on (`kafka`). */
export interface FailureReport {
  readonly code: number;
  readonly kafka: boolean;
  readonly message: string;
}

/**
 * The fate of a record that was not stored. The numbers say little: Strimzi has 500 and Karapace 1 for a time-out as for a record that is too large, so what is refused for good is known by what
 * the message says, or by Kafka's own code. Whatever is not known to be final is tried again: an outcome is never given up for a word that is not understood.
 */
export function fateOf({ code, kafka, message }: FailureReport, topic: string): Fate {
  const refusal = refusalOf(message) ?? (kafka ? REFUSED.get(code) : undefined);
  const why = message === '' ? `error ${code}` : message;
  if (refusal !== undefined) return { is: 'refused', code: refusal, why };
  if (BESIDE.test(message)) return { ...unknownFate(`The gateway did not store an outcome in topic ${topic} (${why}).`), is: 'dropped' };
  if ((kafka ? FORBIDDEN.has(code) : isIn(code, 401) || isIn(code, 403)) || /not authorized/i.test(message))
    return failed('NOT_ALLOWED', `Topic ${topic} may not be written to (${why}). Give the gateway's user the right to write there.`, false);
  if ((kafka ? code === UNKNOWN : isIn(code, 404)) || NO_TOPIC.test(message)) {
    const again = 'It was there before: tried again, since a broker that has just started may not know it yet.';
    return failed('UNKNOWN_TOPIC', `Topic ${topic} is not known to the gateway (${why}). ${again}`, true);
  }
  return failed('UNAVAILABLE', `The gateway did not store an outcome in topic ${topic} (${why}).`, true);
}

/** Why a record, or a request, cannot be stored as it is, by what the message says; `undefined` where it says no such thing. */
export function refusalOf(message: string): string | undefined {
  return REFUSALS.find(([, pattern]) => pattern.test(message))?.[0];
}

/** Of a record that nothing sure is known of. */
export function unknownFate(why: string): Failed {
  return failed('UNAVAILABLE', why, true);
}

type Failed = Extract<Fate, { is: 'failed' }>;

function failed(code: 'NOT_ALLOWED' | 'UNKNOWN_TOPIC' | 'UNAVAILABLE', message: string, retryable: boolean): Failed {
  return { is: 'failed', error: new OrielError(code, message, { retryable }) };
}

/** An HTTP status, alone or with the two digits that the gateways of Confluent's kind put behind it. */
function isIn(code: number, status: number): boolean {
  return code === status || Math.floor(code / 100) === status;
}

const REFUSALS: readonly (readonly [code: string, pattern: RegExp])[] = [
  ['TOO_LARGE', /too large|larger than|exceeds? .*(size|bytes)/i],
  ['INVALID_TIMESTAMP', /timestamp.* out of/i],
  ['INVALID_RECORD', /failed the validation|records have been rejected/i],
];
const BESIDE = /part of a batch/i;
const NO_TOPIC = /not present in metadata|does not host this topic|unknown topic/i;

/** Error codes of Kafka's protocol: https://kafka.apache.org/protocol.html#protocol_error_codes (2026-11). */
const REFUSED = new Map([
  [10, 'TOO_LARGE'],
  [18, 'TOO_LARGE'],
  [32, 'INVALID_TIMESTAMP'],
  [87, 'INVALID_RECORD'],
]);
const FORBIDDEN = new Set([29, 31, 58]);
const UNKNOWN = 3;
