import { z } from 'zod';
import { createState } from '../../../src/core/state.ts';
import { type Input, step } from '../../../src/core/step.ts';
import { tumbling } from '../../../src/core/windows/tumbling.ts';
import { topology } from '../../../src/topology.ts';
import { counts } from './counts.ts';
import type { Bid } from './events.ts';
import { SIZE } from './q12.ts';
import type { Answering, Tell } from './query.ts';

const bidsByArrival = topology<Bid, number, number>({
  name: 'bids-by-arrival',
  events: z.custom<Bid>(),
  key: ({ bidder }) => String(bidder),
  windows: tumbling({ size: SIZE, grace: 0 }),
  reducer: counts,
  time: { mode: 'clock' },
  retention: 0,
});

/** Q12, step by step: `now` is the time at which the stream says that a bid came. */
export function byArrival(tell: Tell): Answering {
  const state = createState<Bid, number>();
  let now = 0;
  const take = (input: Input<Bid>): void => {
    for (const { key, value, window } of step(bidsByArrival, state, input).results) tell(window?.start ?? -1, Number(key), value);
  };
  return {
    take(event) {
      if (event.type !== 'bid') return;
      now = event.arrivesAt;
      take({ type: 'record', record: { key: bidsByArrival.keyOf(event), value: event, timestamp: now }, now });
    },
    end: () => take({ type: 'watermark', now: now + SIZE }),
  };
}
