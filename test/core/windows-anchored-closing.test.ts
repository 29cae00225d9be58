import { describe, expect, it } from 'vitest';
import { restore, snapshot } from '../../src/core/snapshot.ts';
import { anchored } from '../../src/core/windows/anchored.ts';
import { defined, Ledger, type Mark } from '../support/ledger.ts';

const opens = ({ value }: { value: Mark }) => value.what.startsWith('open');

describe('sizes', () => {
  const sized = (size: (what: string) => number | string) =>
    defined({ windows: anchored<Mark>({ size: ({ value }) => size(value.what), grace: 0 }) });

  it('W5: each opener can have its own, a duration or ms, within [1 ms, 366 d]', () => {
    const ledger = new Ledger(sized((what) => ({ short: 1, long: '366d' })[what] ?? '2s'));
    ledger.record('short', 10, { key: 'a' });
    ledger.record('long', 10, { key: 'b' });
    ledger.record('else', 10, { key: 'c' });
    expect([...ledger.state.keys.values()].map((key) => [...key.lanes.values()].map((lane) => lane.windows.map(({ end }) => end)))).toEqual([
      [[11]],
      [[10 + 366 * 86_400_000]],
      [[2_010]],
    ]);
  });

  it('W5: one out of bounds rejects its record', () => {
    const ledger = new Ledger(sized((what) => ({ none: 0, over: 366 * 86_400_000 + 1, odd: 1.5 })[what] ?? 'soon'));
    for (const what of ['none', 'over', 'odd', 'text']) ledger.record(what, 10);
    expect(ledger.read().filter((line) => line.startsWith('rejected'))).toEqual(
      ['none', 'over', 'odd', 'text'].map((what) => `rejected TOPOLOGY k ${what}@10`),
    );
  });
});

describe('closing early', () => {
  it('W4, R1: what the window left over waits on, as old as it was among those that fall due with it', () => {
    const ledger = new Ledger(defined());
    for (const what of ['stop/t', 'left/t', 'other/u']) ledger.record(what, 8);
    ledger.record('open/t', 9);
    ledger.read();
    ledger.claim(100);
    expect(ledger.read()).toEqual([
      'late LATE k left@8 of t[9,19) (open stop) by condition, 0 after its end, 0 after its closing',
      'late NO_WINDOW k other@8',
    ]);
  });

  it('W6: at the record that makes it true, final at once, and the deadline is called off', () => {
    const ledger = new Ledger(defined());
    expect(ledger.record('open', 0).wakeAt).toBe(15);
    expect(ledger.record('stop', 3).wakeAt).toBeUndefined();
    expect(ledger.results[0]).toMatchObject({ final: true, explanation: { closedBy: 'condition', closesAt: 15 } });
    ledger.claim(100);
    expect(ledger.read()).toEqual(['k open@0: folded', 'window k[0,10) (open stop) by condition', 'k stop@3: folded']);
  });

  it('W6: for openers it ends at that record: one at that instant or later opens a new window', () => {
    const ledger = new Ledger(defined());
    ledger.record('open', 0);
    ledger.record('stop', 3);
    ledger.record('open', 2);
    ledger.record('open', 3);
    ledger.claim(100);
    expect(ledger.read().slice(3)).toEqual([
      'late ALREADY_CLOSED k open@2 of [0,10) (open stop) by condition, 0 after its end, 0 after its closing',
      'k open@2: late',
      'k open@3: folded',
      'window k[3,13) (open) by watermark',
    ]);
  });

  it('W6: for others it ends where it would have: they are ALREADY_CLOSED, with its final state', () => {
    const ledger = new Ledger(defined());
    ledger.record('open', 0);
    ledger.record('stop', 3);
    ledger.read();
    ledger.record('x', 9);
    ledger.record('y', 10);
    expect(ledger.read()).toEqual([
      'late ALREADY_CLOSED k x@9 of [0,10) (open stop) by condition, 0 after its end, 0 after its closing',
      'k x@9: late',
      'k y@10: waiting',
    ]);
  });

  it('W6: a record from before the start that closes it ends it at its start', () => {
    const ledger = new Ledger(defined());
    ledger.record('open', 10);
    ledger.record('stop', 8);
    ledger.record('open', 10);
    ledger.claim(100);
    expect(ledger.read().slice(1)).toEqual([
      'window k[10,20) (open stop) by condition',
      'k stop@8: folded',
      'k open@10: folded',
      'window k[10,20) (open) by watermark',
    ]);
    expect(new Set(ledger.results.map(({ id }) => id)).size).toBe(2);
  });
});

describe('what is remembered', () => {
  it('W8: a closed window, until the watermark passes closesAt + retention', () => {
    const ledger = new Ledger(defined());
    ledger.record('open', 0);
    ledger.claim(114);
    ledger.read();
    ledger.record('x', 5);
    expect(ledger.read()).toEqual(['late LATE k x@5 of [0,10) (open) by watermark, 0 after its end, 99 after its closing', 'k x@5: late']);
    ledger.claim(115);
    ledger.record('x', 5);
    expect(ledger.read()).toEqual(['late NO_WINDOW k x@5', 'k x@5: late']);
  });

  it('W8: in the scope of a key its own watermark counts', () => {
    const ledger = new Ledger(defined({ time: { mode: 'stream', scope: 'key' } }));
    ledger.record('open', 0);
    ledger.record('y', 114);
    ledger.read();
    ledger.record('x', 5);
    ledger.record('y', 115);
    ledger.record('x', 5);
    expect(ledger.read().filter((line) => line.includes('x@5'))).toEqual([
      'late LATE k x@5 of [0,10) (open) by watermark, 0 after its end, 99 after its closing',
      'k x@5: late',
      'late NO_WINDOW k x@5',
      'k x@5: late',
    ]);
  });

  it('W8: what waited in vain belongs to the latest window with start - grace <= t, and says by how much who was late', () => {
    const ledger = new Ledger(defined());
    ledger.record('open', 0);
    ledger.claim(20);
    ledger.record('open', 40);
    ledger.record('stop', 41);
    ledger.record('x', 34);
    ledger.record('y', 35);
    ledger.record('z', 55);
    ledger.claim(100);
    expect(ledger.read().filter((line) => line.startsWith('late'))).toEqual([
      'late LATE k x@34 of [0,10) (open) by watermark, 24 after its end, 5 after its closing',
      'late LATE k y@35 of [40,50) (open stop) by condition, 0 after its end, 0 after its closing',
      'late LATE k z@55 of [40,50) (open stop) by condition, 5 after its end, 0 after its closing',
    ]);
  });

  it('W8: afterClose counts from the watermark when the record came, however long it waited', () => {
    const ledger = new Ledger(defined());
    ledger.record('open', 0);
    ledger.claim(28);
    ledger.record('x', 27);
    ledger.claim(31);
    ledger.record('stop', 27);
    ledger.read();
    ledger.claim(40);
    expect(ledger.read()).toEqual([
      'late LATE k x@27 of [0,10) (open) by watermark, 17 after its end, 13 after its closing',
      'late LATE k stop@27 of [0,10) (open) by watermark, 17 after its end, 16 after its closing',
    ]);
  });
});

describe('options', () => {
  it('W9: a grace is required, and may be 0', () => {
    expect(() => anchored({ size: 10 } as never)).toThrow(/grace: nothing was given; the rule is that lateness has no silent default/);
    expect(anchored({ size: 10, grace: 0 }).kind).toBe('anchored');
  });

  it.each([
    ['size 0', { size: 0, grace: 0 }],
    ['a negative size', { size: -1, grace: 0 }],
    ['a broken size', { size: 1.5, grace: 0 }],
    ['a size over 366 d', { size: '367d', grace: 0 }],
    ['a size that is no duration', { size: '15 minutes', grace: 0 }],
    ['a negative grace', { size: 10, grace: -1 }],
    ['a grace that is no duration', { size: 10, grace: 'none' }],
  ])('W9: %s throws at construction and says the rule', (_, options) => {
    expect(() => anchored(options)).toThrow(expect.objectContaining({ code: 'OPTION', message: expect.stringMatching(/was given; the rule is/) }));
  });

  it('W9: bounds are stored when a window opens: a changed setting holds for later windows', () => {
    const ledger = new Ledger(defined());
    ledger.record('open', 0);
    const changed = defined({ windows: anchored({ size: 100, grace: 50, opens }) });
    const longer = new Ledger(changed, restore(changed, snapshot(ledger.definition, ledger.state)));
    longer.record('open', 12, { source: null });
    longer.claim(15);
    longer.claim(161);
    longer.claim(162);
    expect(longer.read()).toEqual(['k open@12: folded', 'window k[0,10) (open) by watermark', 'window k[12,112) (open) by watermark']);
  });
});
