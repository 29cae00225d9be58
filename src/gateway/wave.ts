import type { Outcome } from '../protocol/outcome.ts';
import { lengthOf, type ProducedRecord, producedRecord } from './produced-record.ts';

/** One outcome of a request. */
export interface Sent {
  readonly outcome: Outcome;
  readonly record: ProducedRecord;
}

/** Characters of one request, at most: in base64 well below the 1 MiB that gateways and brokers take unless set otherwise. */
export const WAVE_LENGTH = 524_288;
export const WAVE_RECORDS = 500;

/**
 * What goes in the next request, from the front of `outcomes`: at least one, and no two of one key. A gateway reports on each record, and a failed one among stored ones would be overtaken by
 * the next of its key. Outcomes of one key that are left out come later, in their order. `told`, `now`: see `producedRecord`.
 */
export function waveOf(outcomes: readonly Outcome[], told: boolean, now: number): Sent[] {
  const wave: Sent[] = [];
  const keys = new Set<string>();
  let length = 0;
  for (const outcome of outcomes) {
    if (keys.has(outcome.key)) continue;
    const record = producedRecord(outcome, told, now);
    length += lengthOf(record);
    if (wave.length > 0 && (length > WAVE_LENGTH || wave.length >= WAVE_RECORDS)) break;
    keys.add(outcome.key);
    wave.push({ outcome, record });
  }
  return wave;
}
