import type { EventLine } from '../../support/events.ts';
import { cancelled, paid, requested } from '../../support/events.ts';
import type { Bridge } from './bridge.ts';
import { at, deadLettersOf, statusOf } from './stage.ts';

const MINUTE_MS = 60_000;

/** Events of a few customers and tables over four hours from 09:00, partly out of order and late: the same for the same seed. */
export function someEvents(seed: number, count: number): EventLine[] {
  let state = seed;
  // A linear congruential generator (Numerical Recipes' constants), in [0, 1).
  const random = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  const kinds = [requested, requested, paid, paid, cancelled];
  return Array.from({ length: count }, (_, i) => {
    const late = random() < 0.25 ? 30 * MINUTE_MS * random() : 90_000 * random();
    const time = Math.floor(at('09:00') + (i / count) * 240 * MINUTE_MS - late);
    const kind = kinds[Math.floor(random() * kinds.length)] as typeof requested;
    return kind(`c${Math.floor(random() * 4)}`, `t${Math.floor(random() * 3)}`, time);
  });
}

/** What came of a run, but for what R6 exempts: `now` and watermark at closing, and `seq`. */
export async function foldedIn(bridge: Bridge) {
  const told = bridge.outcomes.map(({ seq: _, value: { explanation, ...value }, ...outcome }) => {
    const { now: _now, watermark: _watermark, ...because } = explanation as Record<string, unknown>;
    return JSON.stringify({ ...outcome, value: { ...value, explanation: because } });
  });
  const { items } = await deadLettersOf();
  const { counts } = await statusOf();
  return {
    outcomes: told.sort(),
    letters: items.map(({ code, source }) => JSON.stringify([code, source])).sort(),
    counts,
  };
}
