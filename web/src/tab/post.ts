import type { PostedEvent } from '../../../src/client.ts';
import type { EventType, LabRecord, LabState } from '../lab/state.ts';
import { dispositionWords, type Sentence } from '../words.ts';
import type { Runner } from './runner.ts';

const TYPES: readonly EventType[] = ['CustomerRequestedTable', 'CustomerPaidForTable', 'CustomerCancelledReservation'];

/** Does what a customer does, in the lab, and tells what became of it. */
export async function postInto({ session: { lab } }: Runner, key: string, event: PostedEvent, told: string): Promise<Sentence> {
  const type = TYPES.find((one) => one === event.type);
  if (type === undefined) return { text: `${told}: the lab knows no ${event.type}`, reason: '', tone: 'bad' };
  const before = lab.state.recordCount;
  await lab.act(type, key, String(event.tableId));
  return sentenceOf(lab.state, { before, key, type }, told);
}

/** What became of the record that came into the log after `before` others. */
export function sentenceOf(
  { records, said, now }: Pick<LabState, 'records' | 'said' | 'now'>,
  { before, key, type }: { readonly before: number; readonly key: string; readonly type: EventType },
  told: string,
): Sentence {
  const record = records.findLast((one: LabRecord) => one.own && one.key === key && one.type === type && one.offset >= before && one.appended <= now);
  if (record === undefined) return { text: `${told} not sent: ${said}`, reason: '', tone: 'bad' };
  if (record.fate === null) return { text: `${told}: in the log, and not read yet`, reason: '', tone: 'warning' };
  return dispositionWords(told, { id: '', disposition: record.fate });
}
