import { describe, expect, it } from 'vitest';
import type { Outcomes } from '../../src/core/definition.ts';
import { createState } from '../../src/core/state.ts';
import { step } from '../../src/core/step.ts';
import { anchored } from '../../src/core/windows/anchored.ts';
import { defined, Ledger, type Mark, type Marks, marks } from '../support/ledger.ts';

const at = (offset: string) => ({ topic: 'log', partition: 0, offset });

describe('user functions that throw', () => {
  const twoWindows = (outcomes: Outcomes<Mark, Marks, unknown>) => {
    const ledger = new Ledger(defined({ outcomes }));
    ledger.record('open/a', 0);
    ledger.record('open/b', 1);
    return ledger;
  };
  const fail = (): never => {
    throw new Error('it threw');
  };

  it('R7: a reducer rejects the record; the ones around it are not affected, and no half change stays', () => {
    const ledger = new Ledger(defined());
    ledger.record('open', 0);
    ledger.record('throw', 1);
    ledger.record('x', 2);
    ledger.claim(15);
    expect(ledger.read()).toEqual([
      'k open@0: folded',
      'rejected TOPOLOGY k throw@1',
      'k throw@1: rejected',
      'k x@2: folded',
      'window k[0,10) (open x) by watermark',
    ]);
    expect(ledger.results[0]?.explanation.sources).toEqual([at('0'), at('2')]);
    expect(ledger.steps[1]?.rejected[0]?.message).toBe('the reducer threw');
  });

  it('R7: one that throws on an opener opens nothing, and what waits goes on waiting', () => {
    const ledger = new Ledger(defined({ reducer: { ...marks, init: () => fail() } }));
    ledger.record('x', 1);
    ledger.record('open', 0);
    expect(ledger.read()).toEqual(['k x@1: waiting', 'rejected TOPOLOGY k open@0', 'k open@0: rejected']);
    expect([...ledger.state.keys.values()].map(({ open, waiting }) => [open, waiting])).toEqual([[0, 1]]);
  });

  it('R7: one that throws on a waiting record rejects that one, and the opener takes the rest', () => {
    const ledger = new Ledger(defined());
    ledger.record('a', 1);
    ledger.record('throw', 2);
    ledger.record('b', 3);
    ledger.record('open', 0);
    ledger.claim(15);
    expect(ledger.read().slice(3)).toEqual(['rejected TOPOLOGY k throw@2', 'k open@0: folded', 'window k[0,10) (open a b) by watermark']);
    expect(ledger.state.keys.get('k')?.counts).toEqual({ folded: 3, late: 0, rejected: 1, duplicate: 0 });
  });

  it.each([
    ['closeWhen', defined({ reducer: { ...marks, closeWhen: (all: Marks) => all.at(-1) === 'x' && fail() } })],
    ['outcomes.folded', defined({ outcomes: { folded: ({ record }) => (record.value.what === 'x' ? fail() : undefined) } })],
    ['outcomes.updated', defined({ emit: 'update', outcomes: { updated: ({ state }) => (state.at(-1) === 'x' ? fail() : undefined) } })],
    [
      'outcomes.closed, on a condition',
      defined({ reducer: { ...marks, closeWhen: (all: Marks) => all.at(-1) === 'x' }, outcomes: { closed: fail } }),
    ],
    ['windows.id', defined({ windows: { ...defined().windows, laneOf: ({ value }) => (value.what === 'x' ? fail() : '') } })],
  ])('R7: %s rejects the record too, and leaves the window as it was', (_, definition) => {
    const ledger = new Ledger(definition);
    ledger.record('open', 0);
    ledger.record('x', 1);
    ledger.record('y', 2);
    expect(ledger.read()).toEqual(['k open@0: folded', 'rejected TOPOLOGY k x@1', 'k x@1: rejected', 'k y@2: folded']);
    expect([...(ledger.state.keys.get('k')?.lanes.get('')?.windows ?? [])].map(({ state, revision, closed }) => [state, revision, closed])).toEqual([
      [['open', 'y'], 0, undefined],
    ]);
  });

  it('R7: outcomes.late rejects the record it threw on, at once or when it has waited in vain', () => {
    const ledger = new Ledger(defined({ outcomes: { late: fail } }));
    ledger.record('x', 10);
    ledger.claim(20);
    ledger.record('y', 10);
    expect(ledger.read()).toEqual(['k x@10: waiting', 'rejected TOPOLOGY k x@10', 'rejected TOPOLOGY k y@10', 'k y@10: rejected']);
    expect(ledger.state.keys.get('k')?.counts).toEqual({ folded: 0, late: 0, rejected: 2, duplicate: 0 });
  });

  it('R7: outcomes.closed on a deadline closes the window all the same, and says which could not be told', () => {
    const ledger = twoWindows({ closed: ({ bounds }) => (bounds.id === 'a' ? fail() : { type: 'window', value: 'told' }) });
    ledger.claim(100);
    expect(ledger.read().slice(2)).toEqual(['window kb[1,11) "told" by watermark', 'rejected TOPOLOGY a[0,10)']);
    expect(ledger.steps.at(-1)?.wakeAt).toBeUndefined();
  });

  it('R1: what outcomes do not say is not told', () => {
    const ledger = twoWindows({ closed: ({ bounds }) => (bounds.id === 'a' ? undefined : { type: 'window', value: 'told' }) });
    ledger.claim(100);
    expect(ledger.read().slice(2)).toEqual(['window kb[1,11) "told" by watermark']);
  });
});

describe('the step', () => {
  it('W8: what outcomes.late wants remembered is remembered of a closed window; an open one it cannot change', () => {
    const outcomes: Outcomes<Mark, Marks, unknown> = {
      late: ({ state = [] }) => ({ remember: [...state, 'noted'] }),
      closed: ({ state }) => ({ type: 'window', value: state }),
    };
    const windows = anchored<Mark>({ size: 10, grace: 0, opens: ({ value }) => value.what === 'open' });
    const ledger = new Ledger(defined({ outcomes, windows }));
    ledger.record('open', 0);
    ledger.record('x', 12);
    ledger.claim(10);
    ledger.record('y', 12);
    ledger.record('z', 12);
    expect(ledger.read().filter((line) => /^(window|late)/.test(line))).toEqual([
      'late LATE k x@12, 2 after its end, 0 after its closing',
      'window k[0,10) (open) by watermark',
      'late LATE k y@12 of [0,10) (open) by watermark, 2 after its end, 0 after its closing',
      'late LATE k z@12 of [0,10) (open noted) by watermark, 2 after its end, 0 after its closing',
    ]);
  });

  it('R6: takes time as an argument: the same inputs give the same outputs', () => {
    const inputs = [
      { type: 'record', record: { key: 'k', value: { what: 'open' }, timestamp: 0, source: at('0') }, now: 3 },
      { type: 'watermark', watermark: 15, now: 20 },
    ] as const;
    const runs = [createState<Mark, Marks>(), createState<Mark, Marks>()].map((state) =>
      inputs.map((input) => step(defined(), state, input).results),
    );
    expect(runs[0]).toEqual(runs[1]);
  });
});
