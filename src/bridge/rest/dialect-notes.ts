import type { Dialect } from '../../gateway/gateway.ts';

const WITHOUT_TIMESTAMPS =
  'It gives records without timestamp and headers: the time of an event is what its value says in "timestamp", and one without is a dead letter.';
const WITHOUT_TRANSACTIONS = 'It reads records of open and aborted transactions too.';

const NOTES: Readonly<Record<Dialect, readonly string[]>> = {
  confluent: [WITHOUT_TIMESTAMPS],
  karapace: ['It gives records without headers.'],
  strimzi: [
    'It does not tell where a transaction has ended: where one is the last of a partition, no claim is made until the next record, and windows are held.',
  ],
  redpanda: [WITHOUT_TIMESTAMPS, WITHOUT_TRANSACTIONS],
};

/** What a gateway of that kind cannot do, as far as it decides what is read and when windows close: for people. */
export function dialectNotes(dialect: Dialect): readonly string[] {
  return NOTES[dialect];
}
