import type { Hello } from '../src/protocol/frames.ts';
import type { Ledger, Meta } from './ledger.ts';

interface LogPort {
  readonly ledger: Ledger;
  readonly topic: string;
  readonly partition: number;
  now(): number;
}

/** Whether a hello brings the log that was read before, at least as far as it was read. */
export function isSameLog({ incarnation, end }: Hello, meta: Meta): boolean {
  return meta.incarnation === incarnation && (meta.next === null || BigInt(meta.next) <= BigInt(end));
}

/** The name of the log in the positions of its records: no other log has the same, nor has this one once it was cut (P6). */
export function logNameOf({ incarnation, cuts }: Meta): string {
  return cuts === 0 ? String(incarnation) : `${incarnation}#${cuts}`;
}

/** Within a transaction: another log takes the place of the one that was read. Whatever that held beyond is lost, and a dead letter says so. */
export function leaveLog({ ledger, topic, partition, now }: LogPort, { incarnation, end }: Hello): void {
  const { meta } = ledger;
  const { next, incarnation: old } = meta;
  if (old === incarnation) meta.cuts += 1;
  meta.next = null;
  if (next === null) return;
  const instead = old === incarnation ? `it came back ending at ${end}` : `log ${incarnation.slice(0, 200)} took its place`;
  const message = `Log ${old?.slice(0, 200)} was read up to offset ${next} when ${instead}: what it held from there on is gone unread.`;
  ledger.deadLetters.add({ source: { topic, partition, from: next, incarnation: old }, code: 'GAP', message, key: null, timestamp: null }, now());
}
