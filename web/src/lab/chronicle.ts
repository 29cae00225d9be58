import type { LiveLate, LiveOutcome } from '../../../src/client.ts';
import { HISTORY_KEPT } from '../../../src/client.ts';
import { isLogSource } from '../../../src/core/record.ts';
import type { Late, Rejected, Result } from '../../../src/core/result.ts';
import type { State } from '../../../src/core/state.ts';
import type { Disposition } from '../../../src/core/step.ts';
import type { Output } from '../../../src/ports.ts';
import { outcomeOf } from '../../../src/protocol/outcome.ts';
import type { Reservation, ReservationEvent, ReservationOutcome } from '../../../src/reservation/index.ts';
import { Comparisons } from './compare.ts';
import { Counting } from './counting.ts';
import type { FeedEvent } from './feed.ts';
import { ClosingLateness } from './lateness.ts';
import { LiveWindows } from './live-windows.ts';
import { liveLateOf } from './live-words.ts';
import { hashAfter, NO_OUTCOMES } from './outcome-hash.ts';
import { Records } from './records.ts';
import { Rival } from './rival.ts';
import type { LabSettings } from './settings.ts';
import type { Told } from './state.ts';
import { Steps } from './steps.ts';

export type OurState = State<ReservationEvent, Reservation>;
export type OurOutput = Output<ReservationEvent, Reservation, ReservationOutcome>;

const NOTHING: OurOutput = { results: [], late: [], rejected: [], dispositions: [] };

/** All that is told of a run, here and by the rival: taken from what was fed, and from what the engine made of it. */
export class Chronicle {
  readonly records = new Records();
  readonly windows: LiveWindows;
  readonly counting = new Counting();
  readonly comparisons: Comparisons;
  readonly lateness = new ClosingLateness();
  readonly rival: Rival;
  readonly watermarks: Steps;
  outcomes: readonly LiveOutcome[] = [];
  lates: readonly LiveLate[] = [];
  hash = NO_OUTCOMES;
  #seq = 0;

  constructor({ windowMs, graceMs }: LabSettings) {
    this.windows = new LiveWindows(windowMs);
    this.comparisons = new Comparisons({ windowMs, graceMs });
    this.rival = new Rival({ windowMs, graceMs });
    this.watermarks = new Steps(windowMs / 1_000);
  }

  /** Takes what was fed in one go, and what came of it. `state`: the engine's as it is now; absent where nothing was fed to it. */
  take(events: readonly FeedEvent[], output: OurOutput = NOTHING, state?: OurState): void {
    const touched = new Set<string>();
    let next = 0;
    for (const event of events) {
      if (event.type === 'appended') this.records.add(event.entry);
      else if (event.type === 'planned') this.records.plan(event.entry);
      else if (event.type === 'claimed') this.watermarks.add(event.at, event.at);
      else if (event.type === 'delivered') this.#delivered(event, output.dispositions[next++], state, touched);
    }
    for (const late of output.late) this.#ended('late', late, touched);
    for (const rejected of output.rejected) this.#ended('rejected', rejected, touched);
    if (output.late.length + output.rejected.length > 0)
      this.lates = [...this.lates, ...[...output.late, ...output.rejected].map(liveLateOf)].slice(-HISTORY_KEPT);
    if (output.results.length > 0)
      this.outcomes = [...this.outcomes, ...output.results.map((result) => this.#told(result, touched))].slice(-HISTORY_KEPT);
    if (state !== undefined) for (const key of touched) this.#refresh(key, state);
    for (const event of events) if (event.type === 'delivered' && !event.again) this.#rivalTakes(event);
  }

  #delivered({ entry, at, again }: Delivered, disposition: Disposition | undefined, state: OurState | undefined, touched: Set<string>): void {
    const { offset, key, table, type, timestamp } = entry;
    if (disposition === undefined) return;
    touched.add(key);
    this.counting.came(key, offset, disposition);
    if (again) return;
    this.records.note(offset, { delivered: at, fate: disposition.kind });
    if (type !== 'CustomerRequestedTable' || disposition.kind !== 'folded') return;
    const windows = state?.keys.get(key)?.lanes.get(table)?.windows;
    if (windows?.some(({ start }) => start === timestamp)) this.comparisons.requested(key, table, timestamp);
  }

  #ended(kind: 'late' | 'rejected', { record }: Late<ReservationEvent, Reservation> | Rejected<ReservationEvent>, touched: Set<string>): void {
    if (record?.source === undefined || !isLogSource(record.source)) return;
    const offset = Number(record.source.offset);
    touched.add(record.key);
    if (this.counting.ended(kind, record.key, offset)) this.records.note(offset, { fate: kind });
  }

  #told(result: Result<ReservationOutcome>, touched: Set<string>): LiveOutcome {
    const outcome = outcomeOf(result);
    this.hash = hashAfter(this.hash, outcome);
    this.counting.outcome(result.type);
    touched.add(result.key);
    this.#closed(result);
    return { seq: String(this.#seq++), ...outcome };
  }

  /** Where a result is the last word on a window: not of a record that came too late for it. */
  #closed(result: Result<ReservationOutcome>): void {
    const { key, window, explanation } = result;
    const { closesAt, closedBy, now, watermark, afterEnd } = explanation;
    if (window === undefined || closedBy === undefined || closesAt === null || afterEnd !== undefined) return;
    const { status, verdict } = endingOf(result);
    const { id, start, end } = window;
    this.windows.close({ key, id, start, end, closesAt, status, held: false, closed: closedBy, closedAt: now, closedWatermark: watermark });
    // One that has opened in the same go may be forgotten by now.
    this.comparisons.requested(key, id, start);
    this.comparisons.ours(key, id, start, { verdict, at: now });
    if (closedBy === 'watermark') this.lateness.add(now - closesAt);
  }

  #refresh(key: string, state: OurState): void {
    const known = state.keys.get(key);
    for (const offset of this.counting.folded(key, known)) this.records.note(offset, { fate: 'folded' });
    for (const { id, start, status } of this.windows.refresh(key, known)) this.comparisons.changed(key, id, start, status);
  }

  #rivalTakes({ entry, at, isBehind }: Delivered): void {
    const { fate, told } = this.rival.take(entry, at);
    this.records.note(entry.offset, { rivalFate: fate });
    for (const window of told) this.comparisons.theirs(window, isBehind);
  }
}

type Delivered = Extract<FeedEvent, { type: 'delivered' }>;

/** How a window ended, by its final result. */
function endingOf({ type, value }: Result<ReservationOutcome>): { readonly status: Reservation['status']; readonly verdict: Told['verdict'] } {
  if (type === 'ReservationConfirmed') return { status: 'PAID_FOR', verdict: 'kept' };
  return value.reason === 'PAYMENT_TIMED_OUT' ? { status: 'AWAITING_PAYMENT', verdict: 'freed' } : { status: 'CANCELLED', verdict: 'cancelled' };
}
