import { describe, expect, it } from 'vitest';
import { applyFrame, INITIAL_STATE, type LiveState, type LiveWindow, windowKey } from '../../src/client.ts';
import { instant } from '../../web/src/moments.ts';
import { tradeOf } from '../../web/src/trade.ts';
import { anchorOf, toldOf } from '../../web/src/window-facts.ts';
import { anOutcome, aWindow, snapshot, T0, windows } from './frames.ts';

const trade = tradeOf('reservation');
const at = (ms: number): string => instant(T0 + ms, T0);

function told(window: LiveWindow, state: LiveState = applyFrame(INITIAL_STATE, snapshot({ windows: [window] }), T0), now = T0 + 5_000) {
  const found = toldOf(windowKey(window), state, now, trade);
  return found && { title: found.title, facts: Object.fromEntries(found.facts.map(({ term, text }) => [term, text.replaceAll('\u00a0', ' ')])) };
}

describe('what a bar tells of its window', () => {
  it('P9: while it is open: where it starts, when it closes, and how far the watermark is', () => {
    expect(told(aWindow('ada', '4'))).toEqual({
      title: 'Table 4 · ada · awaiting payment',
      facts: {
        Window: `[${at(0)}, ${at(15_000)}) · 15 s`,
        Anchor: `the record at ${at(0)}: the time runs from there`,
        'Closes at': `${at(16_000)}, once the watermark is there`,
        'Watermark now': at(-500),
      },
    });
  });

  it('T6: that it is held, for how long and why', () => {
    const held = told(aWindow('ada', '4', T0, { held: true }), undefined, T0 + 20_000);
    expect(held?.facts.Held).toBe('for 4.0 s: the source is not known to be that far');
  });

  it('P9: once it is closed, its outcome with the explanation; else by what it was closed', () => {
    const window = aWindow('ada', '4', T0 - 16_000);
    const closed = applyFrame(INITIAL_STATE, windows([{ ...window, closed: 'watermark' }]), T0);
    expect(told(window, closed)?.facts['Closed by']).toBe(`the watermark: nothing earlier could still come, at ${at(0)}`);
    const value = { tableId: '4', customerId: 'ada', window: { start: window.start, end: window.end } };
    const other = anOutcome(2, 'ReservationConfirmed', { value: { ...value, window: { start: T0, end: T0 + 1 } } });
    const state = { ...closed, outcomes: [anOutcome(1, 'ReservationConfirmed', { value }), other] };
    const anchor = `the record at ${at(-16_000)}: the time runs from there`;
    expect(told(window, state)).toMatchObject({ title: 'Table 4 kept for ada', facts: { Anchor: anchor, Outcome: 'ReservationConfirmed · seq 1' } });
    expect([anchorOf(other), anchorOf(anOutcome(3)), anchorOf(anOutcome(4, 'T', { value: { window: 'none' } }))]).toEqual([
      [{ term: 'Anchor', text: `the record at ${at(0)}: the time runs from there` }],
      [],
      [],
    ]);
  });

  it('P9: nothing of one that is no longer known', () => {
    expect(told(aWindow('ada', '4'), INITIAL_STATE)).toBeUndefined();
  });
});
