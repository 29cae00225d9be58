import { untilWindowCloses } from '../../../src/core/suppress.ts';
import { tumbling } from '../../../src/core/windows/tumbling.ts';
import { ReservationEvent, reservation } from '../../../src/reservation/index.ts';
import { topology } from '../../../src/topology.ts';
import type { LabSettings } from './settings.ts';

type Spans = Pick<LabSettings, 'windowMs' | 'graceMs'>;

/** The same topology as in the Worker, in time mode `source`. It remembers closed windows for a few lengths of them, since the lab's days are short. */
export function ours({ windowMs, graceMs }: Spans) {
  return reservation({ window: windowMs, grace: graceMs, retention: retentionOf({ windowMs, graceMs }), time: { mode: 'source' } });
}

/** What a window of Kafka Streams has seen of one reservation. */
export interface Seen {
  readonly requested: boolean;
  readonly paid: boolean;
  readonly cancelled: boolean;
}

/** The same question put to Kafka Streams: windows cut at multiples of their size, closed by stream time, told by `suppress`; for each customer and table. */
export function theirs({ windowMs, graceMs }: Spans) {
  return topology({
    name: 'streams',
    events: ReservationEvent,
    key: ({ customerId, tableId }) => JSON.stringify([customerId, tableId]),
    windows: tumbling<ReservationEvent>({ size: windowMs, grace: graceMs }),
    reducer: {
      init: (): Seen => ({ requested: false, paid: false, cancelled: false }),
      add(seen, { value: { type } }): Seen {
        switch (type) {
          case 'CustomerRequestedTable':
            return { ...seen, requested: true };
          case 'CustomerPaidForTable':
            return { ...seen, paid: true };
          case 'CustomerCancelledReservation':
            return { ...seen, cancelled: true };
        }
      },
    },
    suppress: untilWindowCloses(),
    // What comes for a window that has closed is dropped, whether the window is remembered or not; and each reservation is a key of its own.
    retention: windowMs + graceMs,
    time: { mode: 'stream' },
  });
}

function retentionOf({ windowMs, graceMs }: Spans): number {
  return Math.max(3_600_000, 4 * (windowMs + graceMs));
}
