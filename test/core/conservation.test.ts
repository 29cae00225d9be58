import { describe, expect, it } from 'vitest';
import { defined, Ledger } from '../support/ledger.ts';

const at = (offset: string) => ({ topic: 'log', partition: 0, offset });

describe('conservation', () => {
  it('R3: counts are kept by key, and a state on the way is no end', () => {
    const ledger = new Ledger(defined());
    const source = ledger.nextSource();
    ledger.record('open', 0, { source });
    ledger.record('open', 0, { source });
    ledger.record('throw', 1);
    ledger.record('x', 12);
    ledger.record('other', 3, { key: 'b' });
    const counts = () => Object.fromEntries([...ledger.state.keys.values()].map((key) => [key.key, { ...key.counts, waiting: key.waiting }]));
    expect(counts()).toEqual({
      k: { folded: 1, late: 0, rejected: 1, duplicate: 1, waiting: 1 },
      b: { folded: 0, late: 0, rejected: 0, duplicate: 0, waiting: 1 },
    });
    ledger.claim(100);
    expect(counts()).toEqual({
      k: { folded: 1, late: 1, rejected: 1, duplicate: 1, waiting: 0 },
      b: { folded: 0, late: 1, rejected: 0, duplicate: 0, waiting: 0 },
    });
  });

  it('R4: late and rejected records are outputs with a reason code', () => {
    const ledger = new Ledger(defined());
    ledger.record('x', 1e9);
    ledger.record('throw', 0);
    ledger.record('open', 0);
    ledger.record('throw', 0);
    ledger.claim(100);
    ledger.record('y', 5);
    ledger.record('z', 5, { key: 'other' });
    expect(ledger.read().filter((line) => /^(late|rejected)/.test(line))).toEqual([
      'rejected FUTURE_TIMESTAMP k x@1000000000',
      'rejected TOPOLOGY k throw@0',
      'rejected TOPOLOGY k throw@0',
      'late LATE k y@5 of [0,10) (open) by watermark, 0 after its end, 85 after its closing',
      'late NO_WINDOW other z@5',
    ]);
    for (const { message } of ledger.steps.flatMap(({ rejected }) => rejected)) expect(message.length).toBeGreaterThan(10);
  });
});

describe('idempotence', () => {
  it('R5: the same incarnation, topic, partition and offset again changes nothing and is a duplicate', () => {
    const ledger = new Ledger(defined());
    const source = { ...at('7'), incarnation: 'a' };
    ledger.record('open', 0, { source });
    ledger.record('x', 1, { source });
    ledger.record('lower', 1, { source: { ...source, offset: '6' } });
    ledger.record('longer', 1, { source: { ...source, offset: '10' } });
    ledger.record('topic', 1, { source: { ...source, topic: 'other' } });
    ledger.record('partition', 1, { source: { ...source, partition: 1 } });
    ledger.record('incarnation', 1, { source: { ...source, incarnation: 'b' } });
    ledger.claim(15);
    expect(ledger.read()).toEqual([
      'k open@0: folded',
      'k x@1: duplicate',
      'k lower@1: duplicate',
      'k longer@1: folded',
      'k topic@1: folded',
      'k partition@1: folded',
      'k incarnation@1: folded',
      'window k[0,10) (open longer topic partition incarnation) by watermark',
    ]);
  });

  it('R5: so is the same event id within retention; beyond it W3 (d) keeps it from opening a window', () => {
    const ledger = new Ledger(defined({ time: { mode: 'clock' } }));
    const source = { id: 'e1' };
    ledger.record('open', 0, { source });
    ledger.clock(99);
    ledger.record('open', 0, { source });
    ledger.record('open', 95, { source: { id: 'e2' } });
    ledger.read();
    ledger.clock(100);
    ledger.record('open', 0, { source });
    expect(ledger.read()).toEqual(['late LATE k open@0 of [0,10) (open) by watermark, 0 after its end, 85 after its closing', 'k open@0: late']);
    ledger.clock(300);
    ledger.record('open', 0, { source });
    expect(ledger.read().slice(-2)).toEqual(['late LATE k open@0', 'k open@0: late']);
  });

  it('R5: an id that came back after its retention is known anew, and is forgotten in its turn', () => {
    const ledger = new Ledger(defined());
    const ids = () => [...(ledger.state.keys.get('k')?.eventIds ?? [])];
    ledger.record('open', 0, { source: { id: 'a' } });
    ledger.clock(50);
    ledger.record('x', 1, { source: { id: 'b' } });
    ledger.clock(100);
    ledger.record('x', 1, { source: { id: 'a' } });
    expect(ids()).toEqual([
      ['b', 150],
      ['a', 200],
    ]);
    ledger.clock(150);
    ledger.record('x', 1, { source: null });
    expect(ids()).toEqual([['a', 200]]);
  });

  it('R5: a rejected record is one too when it comes again, also when it would be taken by then', () => {
    const ledger = new Ledger(defined({ time: { maxFuture: 0 } }));
    const source = ledger.nextSource();
    ledger.record('open', 10, { source });
    ledger.clock(10);
    ledger.record('open', 10, { source });
    expect(ledger.read()).toEqual(['rejected FUTURE_TIMESTAMP k open@10', 'k open@10: rejected', 'k open@10: duplicate']);
  });

  it('R5: a record without a source is never one', () => {
    const ledger = new Ledger(defined());
    ledger.record('open', 0, { source: null });
    ledger.record('open', 0, { source: null });
    expect(ledger.read()).toEqual(['k open@0: folded', 'k open@0: folded']);
  });
});
