import type { Counts, LiveLate, LiveOutcome, LiveSource, LiveWindow } from '../../src/protocol/live.ts';

/** What happened since the last look: what frames are made of. */
export interface News {
  readonly windows: readonly LiveWindow[];
  readonly outcomes: readonly LiveOutcome[];
  readonly lates: readonly LiveLate[];
}

export interface WorldSettings {
  readonly sizeMs: number;
  readonly graceMs: number;
}

interface Reservation {
  readonly window: LiveWindow;
  readonly offsets: readonly string[];
}

/** A restaurant told by a script, for the page to look at: it keeps to the shapes and words of the live protocol, and to none of the engine's rules. */
export class FakeWorld {
  readonly #settings: WorldSettings;
  readonly #open = new Map<string, Reservation>();
  readonly #outcomes: LiveOutcome[] = [];
  #changed = new Map<string, LiveWindow>();
  #newOutcomes: LiveOutcome[] = [];
  #newLates: LiveLate[] = [];
  #watermark: number | null = null;
  #source: LiveSource = { connected: true, want: null, stalled: null };
  #offset = 100;
  #records = { folded: 0, waiting: 0, late: 0, rejected: 0, duplicate: 0 };

  constructor(settings: WorldSettings) {
    this.#settings = settings;
  }

  get watermark(): number | null {
    return this.#watermark;
  }

  get source(): LiveSource {
    return this.#source;
  }

  get counts(): Counts {
    const windows = [...this.#open.values()];
    const byType: Record<string, number> = {};
    for (const { type } of this.#outcomes) byType[type] = (byType[type] ?? 0) + 1;
    return {
      ...this.#records,
      outcomes: this.#outcomes.length,
      byType,
      open: windows.length,
      held: windows.filter(({ window }) => window.held).length,
    };
  }

  get windows(): readonly LiveWindow[] {
    return [...this.#open.values()].map(({ window }) => window);
  }

  get outcomes(): readonly LiveOutcome[] {
    return this.#outcomes.slice(-100);
  }

  request(key: string, tableId: string, at: number): void {
    const bounds = { start: at, end: at + this.#settings.sizeMs, closesAt: at + this.#settings.sizeMs + this.#settings.graceMs };
    const window = { key, id: tableId, ...bounds, status: 'AWAITING_PAYMENT', held: false };
    this.#records.folded += 1;
    this.#put({ window, offsets: [String(this.#offset++)] });
  }

  /** Pays for an open window; says whether there was one. */
  pay(key: string, tableId: string, now: number): boolean {
    const found = this.#find(key, tableId);
    if (found === undefined) {
      this.#records.late += 1;
      this.#say('PaymentRejected', key, tableId, now, { reason: 'NO_RESERVATION' });
      this.late({ code: 'NO_WINDOW', message: 'No window is remembered that this record could belong to.', key, timestamp: now });
      return false;
    }
    this.#records.folded += 1;
    this.#put({ window: { ...found.window, status: 'PAID_FOR' }, offsets: [...found.offsets, String(this.#offset++)] });
    return true;
  }

  cancel(key: string, tableId: string, now: number): boolean {
    const found = this.#find(key, tableId);
    if (found === undefined) return false;
    this.#records.folded += 1;
    const refundDue = found.window.status === 'PAID_FOR' ? { refundDue: true } : {};
    this.#close({ ...found, window: { ...found.window, status: 'CANCELLED' } }, 'condition', now, { reason: 'CANCELLED_BY_CUSTOMER', ...refundDue });
    return true;
  }

  late(late: LiveLate): void {
    this.#newLates.push(late);
  }

  reject(late: LiveLate): void {
    this.#records.rejected += 1;
    this.#newLates.push(late);
  }

  /** The source falls silent: the watermark stands still. */
  disconnect(stalled: string | null = null): void {
    this.#source = { connected: false, want: null, stalled };
  }

  /** Never connected at all: there is no watermark. */
  withoutSource(): void {
    this.disconnect();
    this.#watermark = null;
  }

  connect(): void {
    this.#source = { connected: true, want: null, stalled: null };
  }

  /** Time passes: a connected source is a little behind `now`, and closes what is due; else what is due is held. */
  tick(now: number): void {
    if (this.#source.connected) {
      this.#watermark = now - 400;
      const due = this.windows.map(({ closesAt }) => closesAt);
      this.#source = { ...this.#source, want: due.length === 0 ? null : Math.min(...due) };
    }
    for (const reservation of [...this.#open.values()]) {
      const { window } = reservation;
      if (this.#watermark !== null && window.closesAt <= this.#watermark) {
        this.#close(
          { ...reservation, window: { ...window, held: false } },
          'watermark',
          now,
          window.status === 'PAID_FOR' ? {} : { reason: 'PAYMENT_TIMED_OUT' },
        );
      } else if (window.closesAt <= now - 500 && !window.held) {
        this.#put({ ...reservation, window: { ...window, held: true } });
      }
    }
  }

  /** What changed since the last call, each window once. */
  news(): News {
    const news = { windows: [...this.#changed.values()], outcomes: this.#newOutcomes, lates: this.#newLates };
    this.#changed = new Map();
    this.#newOutcomes = [];
    this.#newLates = [];
    return news;
  }

  #find(key: string, tableId: string): Reservation | undefined {
    return [...this.#open.values()].find(({ window }) => window.key === key && window.id === tableId);
  }

  #put(reservation: Reservation): void {
    const { window } = reservation;
    const id = JSON.stringify([window.key, window.id, window.start]);
    if (window.closed === undefined) this.#open.set(id, reservation);
    else this.#open.delete(id);
    this.#changed.set(id, window);
  }

  #close(reservation: Reservation, closed: 'watermark' | 'condition', now: number, value: Record<string, unknown>): void {
    const { window, offsets } = reservation;
    this.#put({ ...reservation, window: { ...window, closed } });
    const sources = offsets.map((offset) => ({ topic: 'customer-events', partition: 0, offset }));
    const explanation = { closesAt: window.closesAt, watermark: this.#watermark, now, sources };
    const type = window.status === 'PAID_FOR' ? 'ReservationConfirmed' : 'ReservationCancelled';
    this.#say(type, window.key, window.id, window.end, { ...value, window: { start: window.start, end: window.end }, explanation }, closed);
  }

  #say(type: string, key: string, tableId: string, timestamp: number, value: Record<string, unknown>, closedBy?: string): void {
    const seq = String(this.#outcomes.length + 1);
    const id = `${seq.padStart(8, '0')}c3a94f17b20de65188aa04d3`;
    const headers: Record<string, string> = closedBy === undefined ? { id, type } : { id, type, closedBy };
    const outcome = { seq, id, revision: 1, final: true, type, key, value: { type, customerId: key, tableId, ...value }, timestamp, headers };
    this.#outcomes.push(outcome);
    this.#newOutcomes.push(outcome);
  }
}
