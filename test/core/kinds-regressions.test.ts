import { describe, expect, it } from 'vitest';
import type { MergingReducer, Reducer } from '../../src/core/definition.ts';
import { restore, snapshot } from '../../src/core/snapshot.ts';
import { untilTimeLimit, untilWindowCloses } from '../../src/core/suppress.ts';
import { session } from '../../src/core/windows/session.ts';
import { sliding } from '../../src/core/windows/sliding.ts';
import { unlimited } from '../../src/core/windows/unlimited.ts';
import { defined, Ledger, type LedgerOptions, type Mark, type Marks, marks } from '../support/ledger.ts';

const joined: MergingReducer<Mark, Marks> = { ...marks, merge: (a, b) => [...a, ...b] };
const fives = session<Mark>({ gap: 5, grace: 5 });

/** What was told, each id by the order in which it came. */
function told(ledger: Ledger<Marks>): string[] {
  const ids: string[] = [];
  return ledger.results.map(({ id, revision, final, value, window }) => {
    if (!ids.includes(id)) ids.push(id);
    return `${ids.indexOf(id)}${final ? '=' : '~'}${revision} [${window?.start},${window?.end}] ${(value as Marks | null)?.join(' ') ?? 'null'}`;
  });
}

function sessions(options: LedgerOptions<Marks, unknown> = {}, reducer: Reducer<Mark, Marks> = joined): Ledger<Marks> {
  return new Ledger(defined<Marks, unknown>({ ...options, windows: fives, reducer }));
}

describe('a session that goes on', () => {
  it('R2: has the id of its start, whichever record made it longer, and each revision once', () => {
    const ledger = sessions({ emit: 'update' });
    ledger.record('a', 3);
    ledger.record('b', 5);
    ledger.record('c', 9);
    ledger.claim(100);
    expect(told(ledger)).toEqual(['0~1 [3,3] a', '0~2 [3,3] null', '0~3 [3,5] a b', '0~4 [3,5] null', '0~5 [3,9] a b c', '0=6 [3,9] a b c']);
  });

  it('R2: has another one where it starts within one that its reducer has emptied', () => {
    const ledger = sessions({ emit: 'update' }, { ...joined, add: (all, { value }) => (value.what === 'none' ? null : [...all, value.what]) });
    ledger.record('a', 3);
    ledger.record('none', 1);
    ledger.record('b', 3);
    ledger.claim(100);
    expect(told(ledger)).toEqual(['0~1 [3,3] a', '0~2 [3,3] null', '1~1 [1,3] null', '2~1 [3,3] b', '2=2 [3,3] b']);
  });

  it('R2: counts on by itself where it comes to the bounds of one that was emptied', () => {
    const emptying = { ...joined, add: (all: Marks, { value }: { value: Mark }) => (value.what === 'none' ? null : [...all, value.what]) };
    const ledger = sessions({ emit: 'update' }, emptying);
    ledger.record('a', 9);
    // Empties [5,9], whose bounds the session from 5 then comes to: its own id has been told once, that of the session from 5 twice.
    ledger.record('none', 5);
    ledger.record('b', 5);
    ledger.record('c', 7);
    ledger.record('d', 9);
    expect(told(ledger)).toEqual([
      '0~1 [9,9] a',
      '0~2 [9,9] null',
      '1~1 [5,9] null',
      '2~1 [5,5] b',
      '2~2 [5,5] null',
      '2~3 [5,7] b c',
      '2~4 [5,7] null',
      '1~2 [5,9] b c d',
    ]);
  });

  it('R2, W7: has each revision once where changes are suppressed, and the final result last', () => {
    const ledger = sessions({ emit: 'update', suppress: untilTimeLimit(2) });
    ledger.record('a', 3);
    ledger.record('b', 4);
    ledger.claim(5);
    ledger.claim(100);
    expect(told(ledger)).toEqual(['0~1 [3,3] null', '0~2 [3,4] a b', '0=3 [3,4] a b']);
    const slow = sessions({ emit: 'update', suppress: untilTimeLimit(50) });
    slow.record('a', 3);
    slow.record('b', 4);
    slow.claim(100);
    expect(told(slow)).toEqual(['0=1 [3,4] a b']);
  });
});

describe('a sliding window that one record opens and closes', () => {
  const windows = sliding<Mark>({ timeDifference: 5, grace: 0 });
  const say = ({ after }: { after: Marks }) => ({ type: 'folded', value: after });

  it('W6: closes once, and is counted once', () => {
    const ledger = new Ledger(defined<Marks, unknown>({ windows, reducer: marks, emit: 'update' }));
    ledger.record('a', 9);
    ledger.record('b', 10);
    // [11, 16] is both the right window of the former record and the left one of this.
    ledger.record('stop', 16);
    expect(told(ledger).filter((line) => line.includes('stop'))).toEqual(['3~1 [11,16] stop', '3=2 [11,16] stop']);
    expect(ledger.state.keys.get('k')?.open).toBe(3);
  });

  it('W6: closes once, too, where it had been there, emptied', () => {
    const emptying = { ...marks, add: (all: Marks, { value }: { value: Mark }) => (value.what === 'none' ? null : [...all, value.what]) };
    const ledger = new Ledger(defined<Marks, unknown>({ windows: sliding<Mark>({ timeDifference: 3, grace: 0 }), reducer: emptying }));
    ledger.record('a', 97);
    // Empties [98, 101], which is also the right window of 97.
    ledger.record('none', 100);
    ledger.record('b', 96);
    ledger.record('stop', 101);
    expect(told(ledger)).toEqual(['0=1 [98,101] stop']);
  });

  it('R2: says of the record what it says once', () => {
    const ledger = new Ledger(defined<Marks, unknown>({ windows, reducer: marks, outcomes: { folded: say } }));
    ledger.record('a', 9);
    ledger.record('b', 10);
    ledger.record('c', 16);
    const ids = ledger.results.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe('a gap', () => {
  it('R2: is told by a window that never closes, too', () => {
    const ledger = new Ledger(defined<Marks, unknown>({ windows: unlimited(), reducer: marks, emit: 'update' }));
    ledger.record('a', 3);
    ledger.take({ type: 'gap', now: 0 });
    ledger.record('b', 4);
    expect(ledger.results.map(({ explanation }) => explanation.gap)).toEqual([undefined, true]);
  });
});

describe('a snapshot in `stream` mode', () => {
  it('R6: keeps a window of which something is still to be told as long as it would have been kept', () => {
    const definition = defined({ suppress: untilWindowCloses(), retentionMs: 0, time: { mode: 'stream' } });
    const run = (cut: boolean) => {
      let ledger = new Ledger(definition);
      ledger.record('open', 10);
      ledger.record('later', 25);
      if (cut) ledger = new Ledger(definition, restore(definition, snapshot(definition, ledger.state)));
      return ledger.take({ type: 'record', record: { key: 'k', value: { what: 'open' }, timestamp: 12 }, now: 0 }).late;
    };
    expect(run(true)).toEqual(run(false));
  });
});
