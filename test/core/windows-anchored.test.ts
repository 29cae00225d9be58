import { describe, expect, it } from 'vitest';
import { anchored } from '../../src/core/windows/anchored.ts';
import { defined, Ledger, type Mark } from '../support/ledger.ts';

const opens = ({ value }: { value: Mark }) => value.what.startsWith('open');

describe('anchored windows', () => {
  it('W1: open at the event, not at a multiple of the size, for its key and id', () => {
    const ledger = new Ledger(defined());
    ledger.record('open', 3);
    ledger.record('open/t', 7);
    ledger.record('open', 9, { key: 'other' });
    ledger.claim(100);
    expect(ledger.read()).toEqual([
      'k open@3: folded',
      'k open@7: folded',
      'other open@9: folded',
      'window k[3,13) (open) by watermark',
      'window kt[7,17) (open) by watermark',
      'window other[9,19) (open) by watermark',
    ]);
  });

  it('W1: without `opens` any record opens; `id` defaults to one window at a time', () => {
    const ledger = new Ledger(defined({ windows: anchored({ size: 10, grace: 0 }) }));
    ledger.record('a', 3);
    ledger.record('b', 12);
    ledger.record('c', 13);
    ledger.claim(100);
    expect(ledger.read().slice(-2)).toEqual(['window k[3,13) (a b) by watermark', 'window k[13,23) (c) by watermark']);
  });

  it('W2: an older window of an id can be in its grace while a newer one is open', () => {
    const ledger = new Ledger(defined());
    ledger.record('open', 0);
    ledger.claim(12);
    ledger.record('open', 12);
    ledger.record('x', 9);
    ledger.record('y', 13);
    ledger.claim(100);
    expect(ledger.read()).toEqual([
      'k open@0: folded',
      'k open@12: folded',
      'k x@9: folded',
      'k y@13: folded',
      'window k[0,10) (open x) by watermark',
      'window k[12,22) (open y) by watermark',
    ]);
  });

  it('W2: windows of different ids overlap freely', () => {
    const ledger = new Ledger(defined());
    ledger.record('open/a', 0);
    ledger.record('open/b', 0);
    ledger.record('x/b', 1);
    ledger.claim(100);
    expect(ledger.read().slice(-2)).toEqual(['window ka[0,10) (open) by watermark', 'window kb[0,10) (open x) by watermark']);
  });
});

describe('judging a record', () => {
  it('W3a: an open window that holds it takes it: start inclusive, end exclusive', () => {
    const ledger = new Ledger(defined());
    ledger.record('open', 10);
    ledger.record('x', 10);
    ledger.record('y', 19);
    ledger.record('z', 20);
    expect(ledger.read()).toEqual(['k open@10: folded', 'k x@10: folded', 'k y@19: folded', 'k z@20: waiting']);
  });

  it('W3a: also an opener is folded into the window that holds it', () => {
    const ledger = new Ledger(defined());
    ledger.record('open', 10);
    ledger.record('open-again', 12);
    ledger.claim(100);
    expect(ledger.read().at(-1)).toBe('window k[10,20) (open open-again) by watermark');
  });

  it('W3b: an open window that starts after it by at most grace takes it', () => {
    const ledger = new Ledger(defined());
    ledger.record('open', 10);
    ledger.record('x', 5);
    ledger.record('y', 4);
    ledger.record('open-early', 5);
    expect(ledger.read()).toEqual(['k open@10: folded', 'k x@5: folded', 'k y@4: waiting', 'k open-early@5: folded']);
  });

  it('W3c: a remembered window that holds it makes it late: LATE where the watermark closed it, else ALREADY_CLOSED', () => {
    const ledger = new Ledger(defined());
    ledger.record('open/w', 0);
    ledger.record('open/c', 0);
    ledger.record('stop/c', 2);
    ledger.claim(15);
    ledger.read();
    ledger.record('x/w', 9);
    ledger.record('x/c', 9);
    expect(ledger.read()).toEqual([
      'late LATE k x@9 of w[0,10) (open) by watermark, 0 after its end, 0 after its closing',
      'k x@9: late',
      'late ALREADY_CLOSED k x@9 of c[0,10) (open stop) by condition, 0 after its end, 0 after its closing',
      'k x@9: late',
    ]);
  });

  it('W3c: looks past a shorter window that stands in between', () => {
    const sized = anchored<Mark>({ size: ({ value }) => (value.what === 'open-long' ? 100 : 5), grace: 0, opens });
    const ledger = new Ledger(defined({ windows: sized }));
    ledger.record('open-long', 0);
    ledger.record('stop', 10);
    ledger.record('open', 10);
    ledger.claim(20);
    ledger.read();
    ledger.record('x', 50);
    expect(ledger.read()).toEqual([
      'late ALREADY_CLOSED k x@50 of [0,100) (open-long stop) by condition, 0 after its end, 0 after its closing',
      'k x@50: late',
    ]);
  });

  it('W3d: an opener is late where its window would already be closed', () => {
    const ledger = new Ledger(defined());
    ledger.claim(100);
    ledger.record('open/closed', 85);
    ledger.record('open/just', 86);
    expect(ledger.read()).toEqual(['late LATE k open@85', 'k open@85: late', 'k open@86: folded']);
  });

  it('W3d: an opener is late where its window would overlap a later one, open or remembered; not where they touch', () => {
    const ledger = new Ledger(defined());
    ledger.record('open/a', 20);
    ledger.record('open/b', 20);
    ledger.record('stop/b', 21);
    ledger.read();
    ledger.record('open/a', 11);
    ledger.record('open/a', 10);
    ledger.record('open/b', 11);
    ledger.record('open/b', 10);
    expect(ledger.read()).toEqual([
      'late LATE k open@11',
      'k open@11: late',
      'k open@10: folded',
      'late LATE k open@11',
      'k open@11: late',
      'k open@10: folded',
    ]);
  });

  it('W3e: what follows an opener waits for it while watermark < t + grace; then it is late', () => {
    const ledger = new Ledger(defined());
    ledger.record('x', 10);
    ledger.claim(14);
    expect(ledger.read()).toEqual(['k x@10: waiting']);
    ledger.claim(15);
    expect(ledger.read()).toEqual(['late NO_WINDOW k x@10']);
    ledger.record('y', 10);
    ledger.record('z', 11);
    expect(ledger.read()).toEqual(['late NO_WINDOW k y@10', 'k y@10: late', 'k z@11: waiting']);
  });

  it('W3: is judged after the watermark in force at its place has been applied and what is due is settled', () => {
    const ledger = new Ledger(defined());
    ledger.record('open', 0);
    ledger.take({ type: 'record', record: { key: 'k', value: { what: 'x' }, timestamp: 5 }, now: 0, watermark: 15 });
    expect(ledger.read()).toEqual([
      'k open@0: folded',
      'window k[0,10) (open) by watermark',
      'late LATE k x@5 of [0,10) (open) by watermark, 0 after its end, 0 after its closing',
      'k x@5: late',
    ]);
  });
});

describe('the waiting', () => {
  it('W4: an opener takes those in [start - grace, end), after itself, in (timestamp, offset) order', () => {
    const ledger = new Ledger(defined());
    ledger.record('end', 20);
    ledger.record('last', 19);
    ledger.record('b', 12);
    ledger.record('first', 5);
    ledger.record('before', 4);
    ledger.record('c', 12);
    ledger.record('open', 10);
    ledger.claim(100);
    expect(ledger.read().slice(7)).toEqual([
      'window k[10,20) (open first b c last) by watermark',
      'late NO_WINDOW k before@4',
      'late LATE k end@20 of [10,20) (open first b c last) by watermark, 0 after its end, 0 after its closing',
    ]);
    expect(ledger.state.keys.get('k')?.counts).toEqual({ folded: 5, late: 2, rejected: 0, duplicate: 0 });
  });

  it('W4: where offsets and arrival differ, as between partitions of a log, the offset decides', () => {
    const ledger = new Ledger(defined());
    const at = (offset: string, partition: number) => ({ source: { topic: 'log', partition, offset } });
    ledger.record('ten', 12, at('10', 0));
    ledger.record('nine', 12, at('9', 1));
    ledger.record('open', 10, at('11', 0));
    ledger.claim(100);
    expect(ledger.read().at(-1)).toBe('window k[10,20) (open nine ten) by watermark');
  });

  it('W4: if one of them closes the window, the rest are judged by W3', () => {
    const ledger = new Ledger(defined());
    ledger.record('inside', 14);
    ledger.record('stop', 12);
    ledger.record('before', 8);
    ledger.record('early', 6);
    ledger.record('stop', 7);
    ledger.claim(10);
    ledger.read();
    ledger.record('open', 11);
    expect(ledger.read()).toEqual([
      'window k[11,21) (open early stop) by condition',
      'late ALREADY_CLOSED k stop@12 of [11,21) (open early stop) by condition, 0 after its end, 0 after its closing',
      'late ALREADY_CLOSED k inside@14 of [11,21) (open early stop) by condition, 0 after its end, 0 after its closing',
      'k open@11: folded',
    ]);
    ledger.claim(13);
    expect(ledger.read()).toEqual(['late LATE k before@8 of [11,21) (open early stop) by condition, 0 after its end, 0 after its closing']);
    expect(ledger.state.keys.get('k')?.counts).toEqual({ folded: 3, late: 3, rejected: 0, duplicate: 0 });
  });

  it('W4: with grace 0 nothing waits', () => {
    const ledger = new Ledger(defined({ windows: anchored({ size: 10, grace: '0ms', opens }) }));
    ledger.record('x', 10);
    expect(ledger.read()).toEqual(['late NO_WINDOW k x@10', 'k x@10: late']);
  });

  it('W4: all other records are folded as they arrive', () => {
    const ledger = new Ledger(defined());
    ledger.record('open', 0);
    ledger.record('late-in-time', 9);
    ledger.record('early-in-time', 1);
    ledger.claim(100);
    expect(ledger.read().at(-1)).toBe('window k[0,10) (open late-in-time early-in-time) by watermark');
  });
});
