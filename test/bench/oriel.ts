import { createState } from '../../src/core/state.ts';
import { type Input, step } from '../../src/core/step.ts';
import type { ReservationEvent } from '../../src/reservation/events.ts';
import { reservation } from '../../src/reservation/topology.ts';
import { type Contender, type Counts, count, type Loop, type Visit } from './contender.ts';
import { GRACE_MS, type Line, RETENTION_MS, SIZE_MS, sourceOf } from './stream.ts';

const topology = reservation({ window: SIZE_MS, grace: GRACE_MS, retention: RETENTION_MS });
type Said = ReturnType<typeof step<ReservationEvent, Parameters<typeof topology.status>[0], { readonly reason?: string }>>;

/** The engine as the processor runs it where nothing is stored: step after step, on one state. */
class Engine implements Loop {
  readonly counts: Counts = new Map();
  readonly #state = createState<ReservationEvent, Parameters<typeof topology.status>[0]>();

  take(record: Visit, watermark: number): void {
    this.#step({ type: 'record', record, now: record.timestamp, watermark });
  }

  claim(watermark: number): void {
    this.#step({ type: 'watermark', watermark, now: watermark });
  }

  #step(input: Input<ReservationEvent>): void {
    const { results, late, rejected, disposition }: Said = step(topology, this.#state, input);
    for (const { type, value } of results) count(this.counts, value.reason ?? type);
    for (const _ of late) count(this.counts, 'late');
    for (const _ of rejected) count(this.counts, 'rejected');
    if (disposition?.kind === 'duplicate') count(this.counts, 'duplicate');
  }
}

export const contender: Contender = {
  create: () => new Engine(),

  read(text) {
    const { key, value, timestamp, offset } = JSON.parse(text) as Line;
    const parsed = topology.parse({ key, value, timestamp, source: sourceOf(offset) }, timestamp);
    if (!parsed.ok) throw new Error(parsed.message);
    return parsed.record;
  },
};
