import { createState } from '../../../src/core/state.ts';
import { step } from '../../../src/core/step.ts';
import { type LogEntry, recordOf } from './log-entry.ts';
import type { LabSettings } from './settings.ts';
import type { RivalWindow } from './state.ts';
import { Steps } from './steps.ts';
import { type Seen, theirs } from './topologies.ts';
import { TwinMap } from './twin-map.ts';

const TOLD_MOST = 2_000;

/** Kafka Streams' windows over the records that are delivered here, each once: the engine in `stream` mode, which the conformance suite holds against Kafka Streams itself. */
export class Rival {
  readonly #definition: ReturnType<typeof theirs>;
  readonly #state = createState<LogValue, Seen>();
  readonly #sizeMs: number;
  readonly #graceMs: number;
  readonly #open = new Map<string, RivalWindow>();
  readonly #byKey = new TwinMap<readonly RivalWindow[]>();
  #told: RivalWindow[] = [];
  #dropped = 0;
  readonly streamTimes: Steps;

  constructor({ windowMs, graceMs }: Pick<LabSettings, 'windowMs' | 'graceMs'>) {
    this.#definition = theirs({ windowMs, graceMs });
    this.#sizeMs = windowMs;
    this.#graceMs = graceMs;
    this.streamTimes = new Steps(windowMs / 1_000);
  }

  /** Records that came after their window: Kafka Streams drops them, and tells nobody. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Takes a record. Gives what became of it, and the windows that it made it tell. */
  take(entry: LogEntry, now: number): { readonly fate: 'folded' | 'dropped'; readonly told: readonly RivalWindow[] } {
    const { key, table, type, timestamp } = entry;
    const record = { ...recordOf(entry), key: `${key.length} ${key} ${table}` };
    const { results, disposition } = step(this.#definition, this.#state, { type: 'record', record, now });
    this.streamTimes.add(now, this.#state.watermark);
    const isFolded = disposition?.kind === 'folded';
    if (isFolded) {
      const start = timestamp - (timestamp % this.#sizeMs);
      const name = nameOf(record.key, start);
      const end = start + this.#sizeMs;
      const window = this.#open.get(name) ?? { key, table, start, end, closesAt: end + this.#graceMs, ...NOTHING_SEEN, toldAt: null };
      const seen = { ...window, [SEEN[type]]: true };
      this.#open.set(name, seen);
      this.#show(window, seen);
    } else {
      this.#dropped++;
    }
    const told: RivalWindow[] = [];
    for (const { key: of, window } of results) {
      const name = nameOf(of, window?.start ?? 0);
      const open = this.#open.get(name);
      if (open === undefined) continue;
      this.#open.delete(name);
      const closed = { ...open, toldAt: now };
      told.push(closed);
      this.#told.push(closed);
      this.#show(open, closed);
    }
    if (this.#told.length > 2 * TOLD_MOST) for (const old of this.#told.splice(0, this.#told.length - TOLD_MOST)) this.#show(old, undefined);
    return { fate: isFolded ? 'folded' : 'dropped', told };
  }

  get shown(): ReadonlyMap<string, readonly RivalWindow[]> {
    return this.#byKey.shown;
  }

  /** Shows a window as it is now in the place of what it was; `undefined`: no more. */
  #show(before: RivalWindow, window: RivalWindow | undefined): void {
    const { key } = before;
    const had = this.#byKey.get(key) ?? [];
    const at = had.indexOf(before);
    const has = window === undefined ? had.filter((one) => one !== before) : at === -1 ? [...had, window] : had.with(at, window);
    if (has.length === 0) this.#byKey.delete(key);
    else this.#byKey.set(key, has, true);
  }
}

type LogValue = ReturnType<typeof recordOf>['value'];

const SEEN = { CustomerRequestedTable: 'requested', CustomerPaidForTable: 'paid', CustomerCancelledReservation: 'cancelled' } as const;

const NOTHING_SEEN = { requested: false, paid: false, cancelled: false };

function nameOf(key: string, start: number): string {
  return `${start} ${key}`;
}
