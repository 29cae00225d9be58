import { describe, expect, it } from 'vitest';
import type { Outcomes } from '../../src/core/definition.ts';
import { resultId } from '../../src/core/result.ts';
import { defined, Ledger, type Mark, type Marks } from '../support/ledger.ts';

const at = (offset: string) => ({ topic: 'log', partition: 0, offset });

describe('results', () => {
  it('R1: `close` gives one final result a window', () => {
    const ledger = new Ledger(defined({ emit: 'close' }));
    ledger.record('open', 0);
    ledger.record('x', 1);
    ledger.claim(15);
    expect(ledger.results.map(({ revision, final, value }) => [revision, final, value])).toEqual([[1, true, ['open', 'x']]]);
  });

  it('R1: `update` gives every change, then the final one', () => {
    const ledger = new Ledger(defined({ emit: 'update' }));
    ledger.record('before', 0);
    ledger.record('open', 1);
    ledger.record('x', 2);
    ledger.claim(16);
    ledger.record('open', 30);
    ledger.record('stop', 31);
    expect(ledger.read()).toEqual([
      'k before@0: waiting',
      'window k[1,11) (open) #1',
      'window k[1,11) (open before) #2',
      'k open@1: folded',
      'window k[1,11) (open before x) #3',
      'k x@2: folded',
      'window k[1,11) (open before x) by watermark',
      'window k[30,40) (open) #1',
      'k open@30: folded',
      'window k[30,40) (open stop) #2',
      'window k[30,40) (open stop) by condition',
      'k stop@31: folded',
    ]);
    expect(ledger.results.map(({ revision, final }) => [revision, final])).toEqual([
      [1, false],
      [2, false],
      [3, false],
      [4, true],
      [1, false],
      [2, false],
      [3, true],
    ]);
    expect(new Set(ledger.results.map(({ id }) => id)).size).toBe(2);
  });

  it('R2: a result explains itself', () => {
    const ledger = new Ledger(defined());
    ledger.now = 7;
    ledger.record('open/t', 0);
    ledger.record('x/t', 1);
    ledger.clock(20);
    ledger.claim(16);
    expect(ledger.results).toEqual([
      {
        id: resultId({ topology: 'test', key: 'k', kind: 'anchored', id: 't', start: 0, type: 'window' }),
        revision: 1,
        final: true,
        type: 'window',
        key: 'k',
        value: ['open', 'x'],
        timestamp: 10,
        window: { id: 't', start: 0, end: 10 },
        explanation: { closesAt: 15, watermark: 16, now: 20, sources: [at('0'), at('1')], closedBy: 'watermark' },
      },
    ]);
  });

  it('R2: beyond 16 sources it tells the first, the last and how many', () => {
    const sources = (count: number) => {
      const ledger = new Ledger(defined());
      for (let i = 0; i < count; i++) ledger.record(i === 0 ? 'open' : 'x', 0);
      ledger.claim(15);
      return ledger.results[0]?.explanation.sources;
    };
    expect(sources(16)).toEqual(Array.from({ length: 16 }, (_, i) => at(String(i))));
    expect(sources(17)).toEqual({ first: at('0'), last: at('16'), count: 17 });
    expect(sources(30)).toEqual({ first: at('0'), last: at('29'), count: 30 });
  });

  it('R2: the id is a hash of topology, key, window kind, window id, start and type', () => {
    const identity = { topology: 't', key: 'k', kind: 'anchored', id: 'i', start: 1, type: 'x' };
    const id = resultId(identity);
    expect(id).toMatch(/^[0-9a-f]{32}$/);
    expect(resultId({ ...identity })).toBe(id);
    const others = [
      { topology: 'u' },
      { key: 'l' },
      { kind: 'tumbling' },
      { id: 'j' },
      { start: 2 },
      { start: null },
      { type: 'y' },
      { by: at('1') },
      { by: at('2') },
      { by: { id: '1' } },
      { by: { at: 1 } },
    ];
    const ids = others.map((other) => resultId({ ...identity, ...other }));
    expect(new Set([id, ...ids]).size).toBe(others.length + 1);
  });

  it('R2: the incarnation of a log is part of the id, and not told', () => {
    const identity = { topology: 't', key: 'k', kind: 'anchored', id: 'i', start: 1, type: 'x' };
    expect(resultId({ ...identity, by: { ...at('1'), incarnation: 'a' } })).not.toBe(resultId({ ...identity, by: { ...at('1'), incarnation: 'b' } }));
    const ledger = new Ledger(defined());
    ledger.record('open', 0, { source: { ...at('1'), incarnation: 'a' } });
    ledger.claim(15);
    expect(ledger.results[0]?.explanation.sources).toEqual([at('1')]);
  });

  it('R2: opened twice at one start, the second is told apart by the record that opened it', () => {
    const ledger = new Ledger(defined());
    ledger.record('open', 0);
    ledger.record('stop', 0);
    ledger.record('open', 0);
    ledger.record('stop', 0);
    const identity = { topology: 'test', key: 'k', kind: 'anchored', id: '', start: 0, type: 'window' };
    expect(ledger.results.map(({ id }) => id)).toEqual([resultId(identity), resultId({ ...identity, by: at('2') })]);
  });

  it('R2: where a record decided, the id has its source and the timestamp is its own', () => {
    const outcomes: Outcomes<Mark, Marks, string> = {
      folded: ({ record, before, after, bounds }) =>
        record.value.what === 'x' ? { type: 'told', value: `${before} → ${after} in [${bounds.start}, ${bounds.end})` } : undefined,
      late: ({ code, state, by }) => ({ say: { type: 'late', value: `${code} ${state} ${by}` } }),
    };
    const ledger = new Ledger(defined({ outcomes }));
    ledger.record('open', 0);
    ledger.record('x', 3);
    ledger.claim(15);
    ledger.record('y', 4);
    ledger.record('open/t', 0, { source: { id: 'e1' } });
    const identity = { topology: 'test', key: 'k', kind: 'anchored', id: '', start: 0 };
    expect(ledger.results).toMatchObject([
      {
        id: resultId({ ...identity, type: 'told', by: at('1') }),
        revision: 1,
        final: true,
        timestamp: 3,
        value: 'open → open,x in [0, 10)',
        explanation: { closesAt: 15, sources: [at('1')] },
      },
      {
        id: resultId({ ...identity, type: 'late', by: at('2') }),
        timestamp: 4,
        value: 'LATE open,x watermark',
        explanation: { closesAt: 15, sources: [at('2')], closedBy: 'watermark', afterEnd: 0, afterClose: 0 },
      },
      {
        id: resultId({ ...identity, id: 't', start: null, type: 'late', by: { id: 'e1' } }),
        timestamp: 0,
        value: 'LATE undefined undefined',
        explanation: { closesAt: 15, sources: [{ id: 'e1' }] },
      },
    ]);
    expect(ledger.results[2]?.window).toBeUndefined();
  });

  it('R2: offsets that were lost are told of the windows open then, and of no other', () => {
    const ledger = new Ledger(defined());
    ledger.record('open', 0, { key: 'a' });
    ledger.record('open', 0, { key: 'closed' });
    ledger.record('stop', 0, { key: 'closed' });
    ledger.take({ type: 'gap', now: 0 });
    ledger.record('open', 0, { key: 'later' });
    ledger.claim(15);
    expect(ledger.results.map(({ key, explanation }) => [key, explanation.gap])).toEqual([
      ['closed', undefined],
      ['a', true],
      ['later', undefined],
    ]);
  });
});
