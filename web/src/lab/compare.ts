import { DeadlineQueue } from '../../../src/core/deadlines.ts';
import { Differing } from './differing.ts';
import type { LabSettings } from './settings.ts';
import { COMPARISONS_SHOWN, type Comparison, type RivalWindow, type Told } from './state.ts';

/** One reservation while either side may still say something of it. */
interface Pair {
  comparison: Comparison;
  /** Theirs was told while the log held what had not been delivered. */
  isEarly: boolean;
  /** What our window holds now. */
  status: string;
  /** When the window of theirs with the request in it closes by its own measure: until then they are not silent. */
  readonly theirsDue: number;
}

/** Reservations that either side may still tell of, at most; the oldest then stay as they are. */
const PAIRS_MOST = 50_000;

/** What becomes of each reservation here and under Kafka Streams' semantics, as it is told. */
export class Comparisons {
  /** By customer and table; a customer can ask for the same table again. */
  readonly #pairs = new Map<string, Pair[]>();
  #size = 0;
  #last: Pair[] = [];
  readonly #differing = new Differing<Pair>(COMPARISONS_SHOWN / 2, differsSince, newestRequest);
  readonly #counts: Record<Comparison['differs'], number> = { same: 0, open: 0, wrong: 0, silent: 0, early: 0 };
  #shown: readonly Comparison[] | undefined = [];
  readonly #sizeMs: number;
  readonly #graceMs: number;
  #now = 0;
  /** Those that we have told of before theirs was due. */
  readonly #waits = new DeadlineQueue<Pair>(undefined, () => false);

  constructor({ windowMs, graceMs }: Pick<LabSettings, 'windowMs' | 'graceMs'>) {
    this.#sizeMs = windowMs;
    this.#graceMs = graceMs;
  }

  get counts(): Readonly<Record<Comparison['differs'], number>> {
    return { ...this.#counts };
  }

  /** A window has opened here at a request. */
  requested(key: string, table: string, requested: number): void {
    const name = nameOf(key, table);
    const pairs = this.#pairs.get(name) ?? [];
    if (pairs.some(({ comparison }) => comparison.requested === requested)) return;
    const pair: Pair = {
      comparison: { key, table, requested, ours: null, theirs: null, differs: 'open' },
      isEarly: false,
      status: 'AWAITING_PAYMENT',
      theirsDue: requested - (requested % this.#sizeMs) + this.#sizeMs + this.#graceMs,
    };
    this.#pairs.set(name, [...pairs, pair]);
    this.#size++;
    this.#counts.open++;
    this.#last.push(pair);
    if (this.#last.length > 4 * COMPARISONS_SHOWN) this.#last = this.#last.slice(-2 * COMPARISONS_SHOWN);
    this.#shown = undefined;
    for (const [oldest, old] of this.#pairs) {
      if (this.#size <= PAIRS_MOST) break;
      this.#pairs.delete(oldest);
      this.#size -= old.length;
      for (const left of old) this.#differing.delete(left);
    }
  }

  /** Our window holds another status, and is open. */
  changed(key: string, table: string, requested: number, status: string): void {
    this.#update(key, table, (pair) => {
      if (pair.comparison.requested !== requested) return;
      pair.status = status;
      this.#judge(pair, {});
    });
  }

  /** Our window has closed. */
  ours(key: string, table: string, requested: number, told: Told): void {
    this.#update(key, table, (pair) => {
      if (pair.comparison.requested !== requested || pair.comparison.ours !== null) return;
      this.#waits.push(pair.theirsDue, pair);
      this.#judge(pair, { ours: told });
    });
  }

  /** The clock has come to `now`: whoever has not told what was due by then is silent. */
  settle(now: number): void {
    this.#now = now;
    for (let pair = this.#waits.pop(now); pair !== undefined; pair = this.#waits.pop(now)) this.#judge(pair, {});
  }

  /** Theirs has told of a window; of reservations that were requested within it, where the request was in it too. `isBehind`: the log held more. */
  theirs({ key, table, start, end, requested, paid, cancelled, toldAt }: RivalWindow, isBehind: boolean): void {
    if (!requested || toldAt === null) return;
    const verdict = cancelled ? 'cancelled' : paid ? 'kept' : 'freed';
    this.#update(key, table, (pair) => {
      const at = pair.comparison.requested;
      if (at < start || at >= end || pair.comparison.theirs !== null) return;
      pair.isEarly = isBehind;
      this.#judge(pair, { theirs: { verdict, at: toldAt } });
    });
  }

  /** Those that differ, the last decided first, at most half of what is shown; then the others, newest request first. */
  get shown(): readonly Comparison[] {
    if (this.#shown === undefined) {
      const differing = this.#differing.shown.map(({ comparison }) => comparison);
      const among = new Set(differing);
      const others = this.#last.flatMap(({ comparison }) => (among.has(comparison) ? [] : [comparison])).sort((a, b) => b.requested - a.requested);
      this.#shown = [...differing, ...others].slice(0, COMPARISONS_SHOWN);
    }
    return this.#shown;
  }

  #update(key: string, table: string, change: (pair: Pair) => void): void {
    const name = nameOf(key, table);
    const pairs = this.#pairs.get(name);
    if (pairs === undefined) return;
    for (const pair of pairs) change(pair);
    if (pairs.every(isOpen)) return;
    const left = pairs.filter(isOpen);
    this.#size -= pairs.length - left.length;
    if (left.length === 0) this.#pairs.delete(name);
    else this.#pairs.set(name, left);
  }

  #judge(pair: Pair, told: Partial<Pick<Comparison, 'ours' | 'theirs'>>): void {
    const { comparison } = pair;
    const next = { ...comparison, ...told };
    const differs = differsOf(next, pair, this.#now);
    if (told.ours === undefined && told.theirs === undefined && differs === comparison.differs) return;
    this.#counts[comparison.differs]--;
    this.#counts[differs]++;
    pair.comparison = { ...next, differs };
    if (differs === 'same' || differs === 'open') this.#differing.delete(pair);
    else this.#differing.add(pair, !isOpen(pair));
    this.#shown = undefined;
  }
}

/** A cancelled table and a freed one are both free: it is about who keeps a table. */
function differsOf({ ours, theirs }: Pick<Comparison, 'ours' | 'theirs'>, { isEarly, status, theirsDue }: Pair, now: number): Comparison['differs'] {
  if (ours === null) {
    if (theirs === null) return 'open';
    // It has been paid for, and in time: no need to wait for our own closing.
    if (theirs.verdict === 'freed' && status === 'PAID_FOR') return 'wrong';
    return isEarly ? 'early' : 'open';
  }
  if (theirs === null) return theirsDue <= now ? 'silent' : 'open';
  return (ours.verdict === 'kept') === (theirs.verdict === 'kept') ? 'same' : 'wrong';
}

/** Decided when the last told of it; or, where they are silent, when they should have. */
function differsSince({ comparison: { ours, theirs, differs }, theirsDue }: Pair): number {
  return Math.max(ours?.at ?? 0, theirs?.at ?? 0, differs === 'silent' ? theirsDue : 0);
}

function newestRequest({ comparison: a }: Pair, { comparison: b }: Pair): number {
  return b.requested - a.requested || (nameOf(a.key, a.table) < nameOf(b.key, b.table) ? -1 : 1);
}

function isOpen({ comparison }: Pair): boolean {
  return comparison.ours === null || comparison.theirs === null;
}

/** No two reservations have one name: the key's length says where it ends. */
function nameOf(key: string, table: string): string {
  return `${key.length} ${key} ${table}`;
}
