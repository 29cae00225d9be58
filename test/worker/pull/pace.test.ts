import { describe, expect, it } from 'vitest';
import { againAt, FAULT_MS, type Failure, nextPull, type Pace, type Standing } from '../../../worker/pull/pace.ts';

const AT = 1_000_000;

function paceOf(standing: Standing, more: Partial<Pace> = {}): Pace {
  return { standing, idleMs: 10_000, hasCredit: true, want: undefined, unclaimed: undefined, hasOutcomes: false, unsunk: undefined, ...more };
}

function next(standing: Standing, more: Partial<Pace> = {}): number | undefined {
  const at = nextPull(paceOf(standing, more), undefined);
  return at === undefined ? undefined : at - AT;
}

const idle = (empties: number): Standing => ({ is: 'idle', at: AT, empties });
const failure = (failures: number, retryAfterMs?: number): Failure => ({ at: AT, failures, message: 'gone', retryAfterMs });

describe('K12: when a partition that reads a gateway does so next', () => {
  it('is at once after records', () => {
    expect(next({ is: 'more', at: AT })).toBe(0);
  });

  it('is 1 s, 2 s, 4 s … after polls without any, at most the longest pause that is set', () => {
    expect([1, 2, 3, 4, 5, 40].map((empties) => next(idle(empties)))).toEqual([1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
    expect(next(idle(5), { idleMs: 2_500 })).toBe(2_500);
  });

  it('is 1 s to 60 s after failures, or when the gateway has asked for, within an hour', () => {
    expect([1, 2, 7, 100].map((failures) => againAt(failure(failures)) - AT)).toEqual([1_000, 2_000, 60_000, 60_000]);
    expect(next({ is: 'failed', ...failure(1, 90_000) })).toBe(90_000);
    expect(next({ is: 'failed', ...failure(7, 1_000) })).toBe(60_000);
    expect(next({ is: 'failed', ...failure(1, 1e12) })).toBe(3_600_000);
  });

  it('is the instant that a claim is wanted for, and after one that could not be made a pause', () => {
    expect(next(idle(9), { want: AT + 300 })).toBe(300);
    expect(next(idle(9), { want: AT - 300 })).toBe(-300);
    expect(next(idle(9), { want: AT - 300, unclaimed: failure(2) })).toBe(2_000);
    expect(next(idle(1), { want: AT + 5_000 })).toBe(1_000);
  });

  it('is at once for outcomes, and after a sink that failed a pause', () => {
    expect(next(idle(9), { hasOutcomes: true })).toBe(0);
    expect(next(idle(9), { hasOutcomes: true, unsunk: failure(3) })).toBe(4_000);
  });

  it('is never by itself while nothing may be taken in, but for outcomes', () => {
    expect(next(idle(1), { hasCredit: false, want: AT })).toBe(undefined);
    expect(next({ is: 'more', at: AT }, { hasCredit: false })).toBe(undefined);
    expect(next({ is: 'failed', ...failure(1) }, { hasCredit: false })).toBe(undefined);
    expect(next(idle(1), { hasCredit: false, hasOutcomes: true })).toBe(0);
  });

  it('is never while somebody else holds the source, and every five minutes while somebody has to mend something', () => {
    expect(next({ is: 'over', message: 'superseded' }, { hasOutcomes: true, want: AT })).toBe(undefined);
    expect(next({ is: 'faulty', at: AT, message: 'no rights' }, { want: AT })).toBe(FAULT_MS);
  });

  it('is at once for outcomes, however the source stands; a sink that failed is left alone meanwhile', () => {
    const standings: Standing[] = [
      { is: 'failed', ...failure(7) },
      { is: 'faulty', at: AT, message: 'no rights' },
      { is: 'waiting', at: AT, until: AT + 700 },
    ];
    expect(standings.map((standing) => next(standing, { hasOutcomes: true }))).toEqual([0, 0, 0]);
    expect(next({ is: 'failed', ...failure(7) }, { hasOutcomes: true, unsunk: failure(2) })).toBe(2_000);
    expect(next({ is: 'failed', ...failure(1) }, { hasOutcomes: true, unsunk: failure(2) })).toBe(1_000);
  });

  it('is when the partition itself tries again, where it has stopped', () => {
    expect(next({ is: 'waiting', at: AT, until: AT + 700 }, { want: AT })).toBe(700);
  });

  it('is what the stored alarm says, for an object that has just come to memory; at once where none is, and sooner where a claim is wanted', () => {
    expect(nextPull(paceOf({ is: 'new', at: AT }), AT + 4_000)).toBe(AT + 4_000);
    expect(nextPull(paceOf({ is: 'new', at: AT }), undefined)).toBe(AT);
    expect(nextPull(paceOf({ is: 'new', at: AT }, { want: AT + 300 }), AT + 4_000)).toBe(AT + 300);
    expect(nextPull(paceOf({ is: 'new', at: AT }, { want: AT + 300, hasCredit: false }), AT + 4_000)).toBe(AT + 4_000);
  });
});
