import type { SessionStats } from './session/session.ts';

/** What became of a partition over all the sessions that it had here; what is no count is of the last one. */
export interface PartitionStats extends SessionStats {
  /** It is ours. One that a rebalance took away keeps its counts, and is connected no more. */
  readonly assigned: boolean;
}

type Totals = Pick<SessionStats, 'sent' | 'acknowledged' | 'rejected' | 'claims' | 'outcomes'>;

/** Of a session, what is counted. */
export interface Counted {
  stats(): SessionStats;
}

interface Entry {
  past: Totals;
  readonly running: Set<Counted>;
  last: { readonly session: Counted; readonly revoked: AbortSignal };
}

/** The partitions that a bridge has served, in the order in which they became its own. It keeps one entry for each, however often it comes and goes. */
export class Served {
  readonly #entries = new Map<string, Entry>();

  /** Whether there has been any. */
  get any(): boolean {
    return this.#entries.size > 0;
  }

  begin(session: Counted, revoked: AbortSignal): void {
    const last = { session, revoked };
    const key = keyOf(session);
    const entry = this.#entries.get(key) ?? { past: NOTHING, running: new Set(), last };
    entry.running.add(session);
    entry.last = last;
    this.#entries.set(key, entry);
  }

  end(session: Counted): void {
    const entry = this.#entries.get(keyOf(session));
    if (entry?.running.delete(session) === true) entry.past = sum(entry.past, session.stats());
  }

  stats(): PartitionStats[] {
    return [...this.#entries.values()].map(({ past, running, last }) => ({
      ...last.session.stats(),
      ...[...running].reduce((totals, session) => sum(totals, session.stats()), past),
      assigned: !last.revoked.aborted,
    }));
  }
}

const NOTHING: Totals = { sent: 0, acknowledged: 0, rejected: 0, claims: 0, outcomes: 0 };

function sum(a: Totals, b: Totals): Totals {
  return {
    sent: a.sent + b.sent,
    acknowledged: a.acknowledged + b.acknowledged,
    rejected: a.rejected + b.rejected,
    claims: a.claims + b.claims,
    outcomes: a.outcomes + b.outcomes,
  };
}

function keyOf(session: Counted): string {
  const { topic, partition } = session.stats();
  return `${topic}/${partition}`;
}
