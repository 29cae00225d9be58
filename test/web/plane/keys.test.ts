import { describe, expect, it } from 'vitest';
import { latestIn } from '../../../web/src/plane/drag.ts';
import { type Held, press } from '../../../web/src/plane/keys.ts';
import { viewOf } from '../../../web/src/plane/view.ts';
import { aRecord, MIN, S, T0 } from './records.ts';

const view = viewOf(1_000, 400, T0, 32 * MIN);
const records = [aRecord(0, 60 * MIN), aRecord(1, 20 * MIN), aRecord(2, 10 * MIN), aRecord(3, 5 * MIN)];
const where = { records, view, windowMs: 15 * MIN };
const nothing: Held = { shown: undefined, moving: undefined };

/** The keys one after another; `+` before one is Shift. */
function after(...keys: readonly string[]) {
  let held: Held = nothing;
  for (const key of keys) held = press(key.replace('+', ''), key.startsWith('+'), held, where) ?? held;
  return held;
}

describe('the keyboard on the plane', () => {
  it('begins at the newest dot, and goes from dot to dot among those in view', () => {
    expect(
      [after('ArrowRight'), after('ArrowLeft'), after('ArrowLeft', 'ArrowLeft'), after('Home', 'ArrowLeft')].map(({ shown }) => shown?.offset),
    ).toEqual([3, 3, 2, 1]);
    expect([after('Home', 'ArrowRight'), after('Home', 'End'), after('End', 'ArrowRight')].map(({ shown }) => shown?.offset)).toEqual([2, 3, 3]);
  });

  it('selects with Space, and leaves with Escape', () => {
    const held = after('Home');
    expect(press(' ', false, held, where)).toMatchObject({ act: 'select', shown: records[1] });
    expect(press('Escape', false, held, where)).toEqual({ ...nothing, act: 'none' });
  });

  it('takes a dot up with Enter, moves it, and sets it down with Enter', () => {
    const held = after('Home', 'Enter', 'ArrowRight', '+ArrowRight', 'ArrowLeft');
    const appended = (records[1]?.appended ?? 0) + 150 * S;
    expect(held.moving).toEqual({ record: records[1], appended });
    expect(press('Enter', false, held, where)).toMatchObject({ act: 'move', moving: { appended } });
  });

  it('moves it not before it happened, nor out of the plane', () => {
    expect(after('Home', 'Enter', 'ArrowLeft').moving?.appended).toBe(records[1]?.timestamp);
    expect(after('Home', 'Enter', '+ArrowRight', 'Home').moving?.appended).toBe(records[1]?.timestamp);
    expect(after('End', 'Enter', ...Array.from({ length: 50 }, () => '+ArrowRight')).moving?.appended).toBe(latestIn(view));
  });

  it('leaves a dot as it was with Escape', () => {
    expect(after('Home', 'Enter', 'ArrowRight', 'Escape')).toEqual({ shown: records[1], moving: undefined, act: 'none' });
  });

  it('has no use for other keys, nor for these where there is nothing to do', () => {
    expect([press('Tab', false, nothing, where), press('a', false, after('Home', 'Enter'), where)]).toEqual([undefined, undefined]);
    for (const key of [' ', 'Enter', 'Escape']) expect(press(key, false, nothing, where)).toBeUndefined();
  });
});
