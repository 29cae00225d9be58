import { z } from 'zod';
import type { MergingReducer } from '../../../src/core/definition.ts';
import { createState } from '../../../src/core/state.ts';
import { type Input, step } from '../../../src/core/step.ts';
import type { WindowKind } from '../../../src/core/window.ts';
import { anchored } from '../../../src/core/windows/anchored.ts';
import { hopping } from '../../../src/core/windows/hopping.ts';
import { session } from '../../../src/core/windows/session.ts';
import { sliding } from '../../../src/core/windows/sliding.ts';
import { tumbling } from '../../../src/core/windows/tumbling.ts';
import { unlimited } from '../../../src/core/windows/unlimited.ts';
import { topology } from '../../../src/topology.ts';
import type { LoopOf } from './loop.ts';
import { ADVANCE_MS, DIFFERENCE_MS, GAP_MS, GRACE_MS, type Kind, type Payment, RETENTION_MS, SIZE_MS, START } from './stream.ts';

const grace = GRACE_MS;

const total: MergingReducer<Payment, number> = {
  init: () => 0,
  add: (sum, { value }) => sum + value.amount,
  merge: (a, b) => a + b,
};

const WINDOWS: Readonly<Record<Kind, WindowKind<Payment>>> = {
  tumbling: tumbling({ size: SIZE_MS, grace }),
  hopping: hopping({ size: SIZE_MS, advance: ADVANCE_MS, grace }),
  sliding: sliding({ timeDifference: DIFFERENCE_MS, grace }),
  session: session({ gap: GAP_MS, grace }),
  unlimited: unlimited({ start: START }),
  anchored: anchored({ size: SIZE_MS, grace }),
};

/** The engine as the processor runs it where nothing is stored: step after step, on one state. */
export const loopOf: LoopOf = (kind, tell) => {
  const definition = topology<Payment, number, number>({
    name: 'payments',
    events: z.custom<Payment>(),
    key: () => 'any',
    windows: WINDOWS[kind],
    reducer: total,
    time: { mode: 'stream' },
    retention: kind === 'sliding' ? DIFFERENCE_MS : RETENTION_MS,
  });
  const state = createState<Payment, number>();
  let late = 0;
  const take = (input: Input<Payment>): void => {
    const done = step(definition, state, input);
    for (const { key, value, window, timestamp } of done.results) tell(key, window?.start ?? -1, value, timestamp);
    late += done.late.length;
  };
  return {
    take: (record) => take({ type: 'record', record, now: record.timestamp }),
    claim: (watermark) => take({ type: 'watermark', watermark, now: watermark }),
    get late() {
      return late;
    },
    open(to) {
      for (const { key, lanes } of state.keys.values()) {
        for (const { windows } of lanes.values()) {
          for (const window of windows)
            if (window.closed === undefined && window.state !== undefined) to(key, window.start, window.state, window.latest ?? window.end);
        }
      }
    },
  };
};
