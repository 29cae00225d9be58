import { createState } from '../../../src/core/state.ts';
import { step } from '../../../src/core/step.ts';
import { type LogEntry, recordOf } from './log-entry.ts';
import type { LabSettings } from './settings.ts';
import type { RivalWindow } from './state.ts';
import { Steps } from './steps.ts';
import { type Seen, theirs } from './topologies.ts';

const TOLD_MOST = 2_000;

/** Kafka Streams' windows over the records that are delivered here, each once: the engine in `stream` mode, which the conformance suite holds against Kafka Streams itself. */
export class Rival {
  readonly #definition: ReturnType<typeof theirs>;
  readonly #state = createState<LogValue, Seen>();
  readonly #sizeMs: number;
  readonly #graceMs: number;
  readonly #open = new Map<string, RivalWindow>();
  #told: RivalWindow[] = [];
  #shown: readonly RivalWindow[] | undefined = [];
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
      this.#open.set(name, { ...window, [SEEN[type]]: true });
    } else {
      this.#dropped++;
    }
    this.#shown = undefined;
    const told: RivalWindow[] = [];
    for (const { key: of, window } of results) {
      const name = nameOf(of, window?.start ?? 0);
      const open = this.#open.get(name);
      if (open === undefined) continue;
      this.#open.delete(name);
      told.push({ ...open, toldAt: now });
    }
    this.#told.push(...told);
    if (this.#told.length > 2 * TOLD_MOST) this.#told = this.#told.slice(-TOLD_MOST);
    return { fate: isFolded ? 'folded' : 'dropped', told };
  }

  /** The last that were told, oldest first, then the open ones. */
  get shown(): readonly RivalWindow[] {
    this.#shown ??= [...this.#told.slice(-TOLD_MOST), ...this.#open.values()];
    return this.#shown;
  }
}

type LogValue = ReturnType<typeof recordOf>['value'];

const SEEN = { CustomerRequestedTable: 'requested', CustomerPaidForTable: 'paid', CustomerCancelledReservation: 'cancelled' } as const;

const NOTHING_SEEN = { requested: false, paid: false, cancelled: false };

function nameOf(key: string, start: number): string {
  return `${start} ${key}`;
}
