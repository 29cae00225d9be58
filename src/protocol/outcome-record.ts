import type { Outcome } from './outcome.ts';

/** An outcome as a record of a log: text throughout, the timestamp in ms since 1970. */
export interface OutcomeRecord {
  readonly key: string;
  /** JSON. */
  readonly value: string;
  readonly timestamp: number;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * An outcome as a Kafka record: its key (the customer), its value as JSON, and text headers `id`, `revision`, `type`, `final`, `closedBy` and `explanation` (JSON)
 * where there are such. The timestamp is the outcome's, but not past the instant at which it was told, which stands in its explanation, so that it is the same whenever it comes again; nor past
 * `now`, the writer's clock. A window that was closed early, or a clock that is ahead, can date an outcome in the future, and a broker refuses what is more than `message.timestamp.after.max.ms`
 * (1 h) past its own clock.
 */
export function outcomeRecord(outcome: Outcome, now: number): OutcomeRecord {
  const { key, value, timestamp } = outcome;
  const { explanation } = value;
  return {
    key,
    value: JSON.stringify(value),
    timestamp: Math.max(0, Math.min(timestamp, toldAt(explanation) ?? now, now)),
    headers: { ...namesOf(outcome), ...(explanation === undefined ? {} : { explanation: JSON.stringify(explanation) }) },
  };
}

/** An outcome where a record has neither headers nor a timestamp of the writer's: the headers stand within the value, as `headers`; the explanation is in the value anyway. */
export function bareOutcomeRecord(outcome: Outcome): Pick<OutcomeRecord, 'key' | 'value'> {
  return { key: outcome.key, value: JSON.stringify({ ...outcome.value, headers: namesOf(outcome) }) };
}

function namesOf({ id, revision, type, final, headers }: Outcome): Record<string, string> {
  return { ...headers, id, revision: String(revision), type, final: String(final) };
}

function toldAt(explanation: unknown): number | undefined {
  return typeof explanation === 'object' && explanation !== null && 'now' in explanation && typeof explanation.now === 'number'
    ? explanation.now
    : undefined;
}
