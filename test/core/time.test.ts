import { describe, expect, it } from 'vitest';
import { timeOptions } from '../../src/core/time.ts';
import { defined, Ledger } from '../support/ledger.ts';

describe('closing', () => {
  it('T1: exactly when closesAt <= watermark, and closesAt is end + grace', () => {
    const ledger = new Ledger(defined());
    ledger.record('open', 0);
    ledger.claim(14);
    expect(ledger.read()).toEqual(['k open@0: folded']);
    ledger.claim(15);
    expect(ledger.read()).toEqual(['window k[0,10) (open) by watermark']);
    expect(ledger.results[0]?.explanation).toMatchObject({ closesAt: 15, watermark: 15 });
  });

  it('T1: sooner only by a condition, by maxHold or by the operator', () => {
    const ledger = new Ledger(defined({ time: { mode: 'source', maxHold: 20 } }));
    for (const key of ['a', 'b', 'c']) ledger.record('open', 0, { key });
    ledger.record('stop', 1, { key: 'a' });
    ledger.clock(14);
    ledger.release();
    expect(ledger.read().slice(3)).toEqual(['window a[0,10) (open stop) by condition', 'a stop@1: folded']);
    ledger.record('open', 1, { key: 'c2' });
    ledger.clock(15);
    ledger.release();
    expect(ledger.read()).toEqual(['c2 open@1: folded', 'window b[0,10) (open) by operator', 'window c[0,10) (open) by operator']);
    ledger.clock(35);
    expect(ledger.read()).toEqual([]);
    ledger.clock(36);
    expect(ledger.read()).toEqual(['window c2[1,11) (open) by maxHold']);
  });

  it('T1: what falls due at once is settled in the order of (instant, key), a window before what waits', () => {
    const ledger = new Ledger(defined());
    ledger.record('x', 11, { key: 'b' });
    ledger.record('open', 1, { key: 'b' });
    for (const key of ['\u{ffff}', '\u{10000}', '10', '9', 'a']) ledger.record('open', 0, { key });
    ledger.read();
    ledger.claim(100);
    expect(ledger.read()).toEqual([
      'window 10[0,10) (open) by watermark',
      'window 9[0,10) (open) by watermark',
      'window a[0,10) (open) by watermark',
      'window \u{ffff}[0,10) (open) by watermark',
      'window \u{10000}[0,10) (open) by watermark',
      'window b[1,11) (open) by watermark',
      'late LATE b x@11 of [1,11) (open) by watermark, 0 after its end, 0 after its closing',
    ]);
  });
});

describe('wakeAt', () => {
  it('T2: is the least of closesAt of an open window and timestamp + grace of a waiting record; undefined if nothing falls due', () => {
    const ledger = new Ledger(defined());
    expect(ledger.claim(0).wakeAt).toBeUndefined();
    expect(ledger.record('open', 20).wakeAt).toBe(35);
    expect(ledger.record('x', 10, { key: 'other' }).wakeAt).toBe(15);
    expect(ledger.claim(14).wakeAt).toBe(15);
    expect(ledger.claim(15).wakeAt).toBe(35);
    expect(ledger.record('stop', 21).wakeAt).toBeUndefined();
    expect(ledger.read().slice(2)).toEqual(['late NO_WINDOW other x@10', 'window k[20,30) (open stop) by condition', 'k stop@21: folded']);
  });
});

describe('the watermark', () => {
  it('T3: of a reporting source never goes back', () => {
    const ledger = new Ledger(defined());
    ledger.claim(100);
    ledger.claim(50);
    ledger.record('open', 80);
    expect(ledger.read()).toEqual(['late LATE k open@80', 'k open@80: late']);
    expect(ledger.state.watermark).toBe(100);
  });

  it('T3: where the clock is the watermark it is read, not stored', () => {
    const ledger = new Ledger(defined({ time: { mode: 'clock' } }));
    ledger.clock(100);
    ledger.clock(50);
    ledger.record('open', 45);
    ledger.clock(59);
    expect(ledger.read()).toEqual(['k open@45: folded']);
    ledger.clock(60);
    expect(ledger.read()).toEqual(['window k[45,55) (open) by watermark']);
  });

  it('T4: `source`: records and the clock never move it, so nobody closes the window of another', () => {
    const ledger = new Ledger(defined({ time: { mode: 'source' } }));
    ledger.record('open', 0);
    ledger.clock(50_000);
    ledger.record('open', 100_000, { key: 'fast' });
    expect(ledger.read()).toEqual(['k open@0: folded', 'fast open@100000: folded']);
    ledger.claim(15);
    expect(ledger.read()).toEqual(['window k[0,10) (open) by watermark']);
  });

  it('T4: `clock`: it is now, and a claim is not looked at', () => {
    const ledger = new Ledger(defined({ time: { mode: 'clock' } }));
    ledger.record('open', 0);
    ledger.claim(1_000);
    ledger.clock(14);
    expect(ledger.read()).toEqual(['k open@0: folded']);
    ledger.clock(15);
    expect(ledger.read()).toEqual(['window k[0,10) (open) by watermark']);
  });

  it('T4: `stream`, scope `partition`: the greatest timestamp so far, of all keys, and any claim', () => {
    const ledger = new Ledger(defined({ time: { mode: 'stream' } }));
    ledger.record('open', 0, { key: 'a' });
    ledger.clock(50_000);
    ledger.record('open', 14, { key: 'b' });
    expect(ledger.read()).toEqual(['a open@0: folded', 'b open@14: folded']);
    ledger.record('open', 15, { key: 'c' });
    ledger.record('x', 9, { key: 'a' });
    expect(ledger.read()).toEqual([
      'window a[0,10) (open) by watermark',
      'c open@15: folded',
      'late LATE a x@9 of [0,10) (open) by watermark, 0 after its end, 0 after its closing',
      'a x@9: late',
    ]);
    ledger.claim(1_000);
    expect(ledger.read()).toEqual(['window b[14,24) (open) by watermark', 'window c[15,25) (open) by watermark']);
  });

  it('T4: `stream`, scope `key`: of each key alone; a claim is for all', () => {
    const ledger = new Ledger(defined({ time: { mode: 'stream', scope: 'key' } }));
    ledger.record('open', 0, { key: 'a' });
    ledger.record('open', 100, { key: 'b' });
    expect(ledger.read()).toEqual(['a open@0: folded', 'b open@100: folded']);
    ledger.record('open', 15, { key: 'a' });
    expect(ledger.read()).toEqual(['window a[0,10) (open) by watermark', 'a open@15: folded']);
    ledger.claim(115);
    expect(ledger.read()).toEqual(['window a[15,25) (open) by watermark', 'window b[100,110) (open) by watermark']);
  });

  it("T4: a record's own timestamp counts before it is judged", () => {
    const ledger = new Ledger(defined({ time: { mode: 'stream' } }));
    ledger.record('open', 0);
    ledger.record('x', 15);
    expect(ledger.read()).toEqual(['k open@0: folded', 'window k[0,10) (open) by watermark', 'k x@15: waiting']);
  });

  it('T4: rejected records and duplicates move nothing', () => {
    const ledger = new Ledger(defined({ time: { mode: 'stream' } }));
    const source = { topic: 'log', partition: 0, offset: '100' };
    ledger.record('open', 0, { source });
    ledger.record('x', 5_000, { source });
    ledger.record('y', 8.64e15 + 1, { source: null });
    ledger.record('z', 9, { source: null });
    expect(ledger.read()).toEqual([
      'k open@0: folded',
      'k x@5000: duplicate',
      'rejected INVALID_TIMESTAMP k y@8640000000000001',
      'k y@8640000000000001: rejected',
      'k z@9: folded',
    ]);
    expect(ledger.state.watermark).toBe(9);
  });

  it('T4: a record carries the watermark in force at its place', () => {
    const ledger = new Ledger(defined());
    ledger.take({ type: 'record', record: { key: 'k', value: { what: 'open' }, timestamp: 0 }, now: 0, watermark: 14 });
    ledger.take({ type: 'record', record: { key: 'k', value: { what: 'x' }, timestamp: 1 }, now: 0, watermark: 13 });
    expect(ledger.read()).toEqual(['k open@0: folded', 'k x@1: folded']);
    expect(ledger.state.watermark).toBe(14);
  });

  it.each([{ mode: 'wall' }, { scope: 'topic' }, { maxFuture: -1 }, { maxHold: 'long' }, { mode: null }])(
    'T4: the setting %j is refused',
    (settings) => {
      expect(() => timeOptions(settings as never)).toThrow(
        expect.objectContaining({ code: 'OPTION', message: expect.stringMatching(/the rule is/) }),
      );
    },
  );
});

describe('holding', () => {
  it('T6: while the watermark stands still no clock closes a window; the hold ends with the watermark', () => {
    const ledger = new Ledger(defined());
    ledger.record('open', 0);
    ledger.clock(1_000_000);
    ledger.record('x', 9);
    expect(ledger.read()).toEqual(['k open@0: folded', 'k x@9: folded']);
    ledger.claim(15);
    expect(ledger.read()).toEqual(['window k[0,10) (open x) by watermark']);
  });

  it('T6: or by maxHold past closesAt; the outcome says so', () => {
    const ledger = new Ledger(defined({ time: { maxHold: '1m' } }));
    ledger.record('open', 0);
    ledger.clock(60_014);
    expect(ledger.results).toEqual([]);
    ledger.clock(60_015);
    expect(ledger.results).toMatchObject([{ explanation: { closedBy: 'maxHold', closesAt: 15, watermark: null, now: 60_015 } }]);
    ledger.record('x', 5);
    expect(ledger.read().at(-2)).toBe('late ALREADY_CLOSED k x@5 of [0,10) (open) by maxHold, 0 after its end, 0 after its closing');
  });

  it('T6: or by the operator, who closes what is past closesAt by the clock and nothing else', () => {
    const ledger = new Ledger(defined());
    ledger.record('open', 0, { key: 'held' });
    ledger.record('open', 1, { key: 'running' });
    ledger.record('x', 0, { key: 'waits' });
    ledger.clock(15);
    ledger.release();
    expect(ledger.read().slice(3)).toEqual(['window held[0,10) (open) by operator']);
    expect(ledger.steps.at(-1)?.wakeAt).toBe(5);
  });

  it('T7: with a claim, or with the clock in `clock` mode, a window closes without any further record', () => {
    const [source, clock] = [new Ledger(defined()), new Ledger(defined({ time: { mode: 'clock' } }))];
    source.record('open', 0);
    source.claim(15);
    clock.record('open', 0);
    clock.clock(15);
    expect(source.read()).toEqual(clock.read());
  });
});

describe('timestamps', () => {
  it('T8: a record more than maxFuture ahead of now is rejected, one that is just that far is not', () => {
    for (const mode of ['source', 'clock'] as const) {
      const ledger = new Ledger(defined({ time: { mode } }));
      ledger.clock(1_000);
      ledger.record('open', 61_000);
      ledger.record('open', 61_001, { key: 'other' });
      expect(ledger.read()).toEqual(['k open@61000: folded', 'rejected FUTURE_TIMESTAMP other open@61001', 'other open@61001: rejected']);
    }
  });

  it('T8: maxFuture is a setting, and off in `stream` mode', () => {
    const strict = new Ledger(defined({ time: { maxFuture: 0 } }));
    strict.record('open', 1);
    expect(strict.read()).toEqual(['rejected FUTURE_TIMESTAMP k open@1', 'k open@1: rejected']);
    const stream = new Ledger(defined({ time: { mode: 'stream', maxFuture: 0 } }));
    stream.record('open', 1e12);
    expect(stream.read()).toEqual(['k open@1000000000000: folded']);
  });

  it.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 8.64e15 + 1, '0', null, undefined])(
    'T8: the timestamp %s is rejected, and moves nothing',
    (timestamp) => {
      const ledger = new Ledger(defined({ time: { mode: 'stream' } }));
      ledger.record('open', 5);
      ledger.record('x', timestamp as number, { key: 'other' });
      expect(ledger.steps.at(-1)?.rejected).toMatchObject([
        { code: 'INVALID_TIMESTAMP', message: expect.stringMatching(/the rule is whole ms since the epoch/) },
      ]);
      expect([ledger.state.watermark, ledger.results]).toEqual([5, []]);
    },
  );

  it('T8: the least and the greatest instant are taken', () => {
    const ledger = new Ledger(defined({ time: { mode: 'stream' } }));
    ledger.record('open', 0);
    ledger.record('open', 8.64e15);
    expect(ledger.read().slice(0, 2)).toEqual(['k open@0: folded', 'window k[0,10) (open) by watermark']);
  });

  it('T9: a clock that jumped ahead catches up: every window closes, none is lost', () => {
    const ledger = new Ledger(defined({ time: { mode: 'clock' } }));
    for (const key of ['a', 'b', 'c']) ledger.record('open', 0, { key });
    ledger.clock(1e12);
    expect(ledger.read().slice(3)).toEqual(['a', 'b', 'c'].map((key) => `window ${key}[0,10) (open) by watermark`));
  });

  it('T9: a clock that jumped back closes nothing before closesAt by the clock that was read', () => {
    const ledger = new Ledger(defined({ time: { mode: 'clock' } }));
    ledger.clock(1_000);
    ledger.record('open', 1_000);
    ledger.clock(500);
    ledger.clock(1_014);
    expect(ledger.read()).toEqual(['k open@1000: folded']);
    ledger.clock(1_015);
    expect(ledger.read()).toEqual(['window k[1000,1010) (open) by watermark']);
  });
});
