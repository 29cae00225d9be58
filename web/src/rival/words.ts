import type { Comparison, RivalWindow, Told } from '../lab/state.ts';
import { clockTime, span } from '../moments.ts';
import { tableName } from '../trades/reservation.ts';

/** The next multiple of a window's size since 1970 after an instant: there Kafka Streams cuts, whoever has just begun. */
export function cutAfter(at: number, windowMs: number): number {
  return (Math.floor(at / windowMs) + 1) * windowMs;
}

export function toldWords(told: Told | null): string {
  return told === null ? 'not told' : `${told.verdict} ${clockTime(told.at)}`;
}

/** Whose and which table: `ben, table 7`. */
export function partyWords({ key, table }: Pick<Comparison, 'key' | 'table'>): string {
  return `${key}, ${tableName(table).replace(/^Table/, 'table')}`;
}

/** Why theirs is another than ours, in one sentence; `''` where it is not. */
export function whyWords({ requested, ours, theirs, differs }: Comparison, windowMs: number): string {
  const cut = cutAfter(requested, windowMs);
  switch (differs) {
    case 'wrong':
      if (ours?.verdict === 'freed' && theirs?.verdict === 'kept') return 'Paid when the time was up; their time stood still, so they took it.';
      if (ours?.verdict === 'cancelled') return `Cut at ${clockTime(cut)}: the cancellation came after it, and they did not see both together.`;
      return `Cut at ${clockTime(cut)}, it had ${span(cut - requested)} to pay in place of ${span(windowMs)}.`;
    case 'silent':
      return 'Its time is up; they wait for another record to tell it.';
    case 'early':
      return 'They decided while the source was behind, with records still on their way.';
    case 'same':
    case 'open':
      return '';
  }
}

/** What Kafka Streams says of a window, or does not. */
export function verdictWords(window: RivalWindow, now: number): string {
  const { requested, paid, cancelled, toldAt, end, closesAt } = window;
  if (toldAt === null) return now < closesAt ? `until ${clockTime(end, 'minute')}` : 'not told';
  const at = clockTime(toldAt, 'minute');
  if (cancelled) return `cancelled ${at}`;
  if (!requested) return paid ? `paid for nothing ${at}` : `nothing ${at}`;
  return `${paid ? 'kept' : 'freed'} ${at}`;
}

/** Reservations decided here or there, by how the two compare. */
export type Score = Readonly<Record<'same' | 'wrong' | 'silent' | 'early', number>>;

/** Why no difference is listed. */
export function noneWords({ wrong, silent, early }: Score): string {
  if (wrong + silent + early > 0) return 'None among the last requests: the earlier ones are counted above.';
  return 'No difference so far. Have nobody come, or put the source behind.';
}

/** How often they differ, in one sentence. */
export function scoreWords({ same, wrong, silent, early }: Score): string {
  const all = same + wrong + silent + early;
  const other = all - same;
  if (all === 0) return 'No reservation has been decided yet.';
  if (other === 0) return `${all.toLocaleString('en')} reservations decided, all the same so far.`;
  return `Of ${all.toLocaleString('en')} reservations decided, ${other.toLocaleString('en')} went otherwise under Kafka Streams.`;
}
