import { OrielError } from '../errors.ts';
import type { StreamRecord } from '../record.ts';

/** What a reduction takes of a record: something of its value, or of the record beside it. */
export type Of<V, T> = (value: V, record: StreamRecord<V>) => T;

/** The number that `of` gives for a record, never -0. @throws OrielError `TOPOLOGY`, which rejects the record (R7), where it is not finite. */
export function numberOf<V>(name: string, of: Of<V, number>, record: StreamRecord<V>): number {
  const given: unknown = of(record.value, record);
  if (!isFiniteNumber(given)) throw new OrielError('TOPOLOGY', `${name}: ${String(given)} was given of a record; the rule is a finite number.`);
  return given + 0;
}

export function isFiniteNumber(given: unknown): given is number {
  return Number.isFinite(given);
}
