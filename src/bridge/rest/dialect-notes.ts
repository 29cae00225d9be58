import type { Dialect } from '../../gateway/gateway.ts';

const WITHOUT_TIMESTAMPS: readonly Dialect[] = ['confluent', 'redpanda'];

const LIMITS: Readonly<Record<Dialect, readonly string[]>> = {
  confluent: [
    'Its consumer.isolation.level must not be read_committed where events are written in transactions: it would take the end of what is committed for the end of the log, and windows would close before the events of a transaction that is open.',
  ],
  karapace: ['It gives records without headers.'],
  strimzi: [],
  redpanda: ['It reads records of open and aborted transactions too.', 'It does not tell whether a topic is compacted, and none must be.'],
};

const TRANSACTIONS =
  'It does not tell that nothing follows the end of a transaction: where one is the last of a partition, no claim is made until the next record that is in none, and windows are held.';

/** What a gateway of that kind cannot do, as far as it decides what is read and when windows close: for people. */
export function dialectNotes(dialect: Dialect): readonly string[] {
  const timestamps =
    'It gives records without timestamp and headers: the time of an event is what its value says in "timestamp", and one without is a dead letter.';
  return [...(WITHOUT_TIMESTAMPS.includes(dialect) ? [timestamps] : []), ...dialectLimits(dialect)];
}

/** The same, beside what shows in the first record. */
export function dialectLimits(dialect: Dialect): readonly string[] {
  return [...LIMITS[dialect], TRANSACTIONS];
}
