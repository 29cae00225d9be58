import { describe, expect, it } from 'vitest';
import type { RetryEvent } from '../../src/retry/events.ts';
import { type RetrySettings, retry } from '../../src/retry/topology.ts';
import { TestDriver } from '../../src/testing.ts';
import { at, timeOf } from '../support/evening-clock.ts';

/** Tasks at the source: `says('14:00 job fails 1', '14:00:10 job succeeds')`; what has been told of them is read as lines. */
function tasks(settings: RetrySettings = {}) {
  const driver = new TestDriver(retry({ grace: '1s', ...settings }), { now: at('23:59'), cutEveryInput: true });
  let offset = 0;
  const event = (text: string) => {
    const [time, taskId, verb, attempt] = text.split(' ') as [string, string, 'fails' | 'succeeds', string?];
    const value: RetryEvent = verb === 'fails' ? { type: 'TaskFailed', taskId, attempt: Number(attempt) } : { type: 'TaskSucceeded', taskId };
    return { value, timestamp: at(time), source: { topic: 'customer-events', partition: 0, offset: String(offset++) } };
  };
  return {
    driver,
    says: (...texts: string[]) => driver.pipe(...texts.map(event)),
    upTo: (time: string) => driver.claim(at(time)),
    told: () =>
      driver.readOutputs().map(({ type, key, value, window, timestamp }) => {
        const bounds = window === undefined ? '' : ` [${timeOf(window.start)}, ${timeOf(window.end)})`;
        return `${timeOf(timestamp)} ${key}${bounds} ${type} ${value.attempt ?? value.attempts}`;
      }),
    lates: () => driver.readLate().map(({ code, record }) => `${timeOf(record.timestamp)} ${record.value.type} ${code}`),
  };
}

describe('the retry topology', () => {
  it('Y1: each failure waits for the base delay, doubled with every attempt, up to the cap', () => {
    const { says, upTo, told, driver } = tasks({ base: '30s', cap: '3m', maxAttempts: 9 });
    says('14:00 job fails 1', '14:10 job fails 2', '14:20 job fails 3', '14:30 job fails 4', '14:40 job fails 8');
    upTo('14:00:30');
    expect(told()).toEqual([]);
    upTo('14:00:31');
    expect(told()).toEqual(['14:00:30 job [14:00, 14:00:30) RetryDue 2']);
    upTo('15:00');
    expect(told()).toEqual([
      '14:11 job [14:10, 14:11) RetryDue 3',
      '14:22 job [14:20, 14:22) RetryDue 4',
      '14:33 job [14:30, 14:33) RetryDue 5',
      '14:43 job [14:40, 14:43) RetryDue 9',
    ]);
    expect(driver.state('job')?.open).toEqual([]);
  });

  it('Y1: 30 s, 1 h and 5 attempts where nothing is set; a base over an hour is its own cap', () => {
    const { says, upTo, told } = tasks();
    says('14:00 a fails 1', '14:00 b fails 4');
    upTo('14:10');
    expect(told()).toEqual(['14:00:30 a [14:00, 14:00:30) RetryDue 2', '14:04 b [14:00, 14:04) RetryDue 5']);
    const slow = tasks({ base: '2h' });
    slow.says('14:00 a fails 3');
    slow.upTo('16:00:01');
    expect(slow.told()).toEqual(['16:00 a [14:00, 16:00) RetryDue 4']);
  });

  it.each([
    ['base', { base: 0 }],
    ['cap', { base: '2m', cap: '1m' }],
    ['maxAttempts', { maxAttempts: 0 }],
    ['maxAttempts', { maxAttempts: 1.5 }],
    ['grace', { grace: -1 }],
  ])('W9: a bad %s throws at construction and says the rule', (name, settings) => {
    expect(() => retry(settings)).toThrow(new RegExp(`${name}.*the rule is`));
  });

  it('Y2: a success inside the delay ends it at once, without an outcome; the task can fail anew', () => {
    const { says, upTo, told, driver, lates } = tasks();
    says('14:00 job fails 1', '14:00:10 job succeeds');
    expect(driver.state('job')?.open).toEqual([]);
    expect(driver.wakeAt).toBeUndefined();
    says('14:00:20 job fails 1');
    upTo('14:01');
    expect(told()).toEqual(['14:00:50 job [14:00:20, 14:00:50) RetryDue 2']);
    expect(lates()).toEqual([]);
  });

  it('Y3: the failure of the last attempt gives the task up at once', () => {
    const { says, upTo, told } = tasks({ maxAttempts: 3 });
    says('14:00 job fails 3', '14:00 other fails 7', '14:01 slow fails 2', '14:01:10 slow fails 3');
    const all = ['14:02 job [14:00, 14:02) TaskGivenUp 3', '14:32 other [14:00, 14:32) TaskGivenUp 7', '14:02 slow [14:01, 14:02) TaskGivenUp 3'];
    expect(told()).toEqual(all);
    upTo('16:00');
    expect(told()).toEqual([]);
  });

  it('Y4: a failure repeated while its delay runs does not extend it; a later attempt is what is counted on from', () => {
    const { says, upTo, told } = tasks();
    says('14:00 job fails 1', '14:00:20 job fails 1', '14:00:25 job fails 2');
    upTo('14:02');
    expect(told()).toEqual(['14:00:30 job [14:00, 14:00:30) RetryDue 3']);
  });

  it('Y5: a success after its retry is folded and says nothing; one from inside the delay, too late to end it, is late', () => {
    const { says, upTo, told, lates, driver } = tasks();
    says('14:00 job fails 1');
    upTo('14:00:31');
    expect(told()).toEqual(['14:00:30 job [14:00, 14:00:30) RetryDue 2']);
    says('14:00:20 job succeeds', '14:00:40 job succeeds', '14:00:50 never-failed succeeds');
    upTo('15:00');
    expect([told(), lates()]).toEqual([[], ['14:00:20 TaskSucceeded LATE']]);
    expect(driver.state('never-failed')?.counts).toMatchObject({ folded: 1, late: 0 });
    expect(driver.state('never-failed')?.open).toEqual([]);
  });

  it('Y6: a success that overtakes its failure by less than the grace ends it; one of a run before does not', () => {
    const { says, upTo, told, lates } = tasks({ grace: '2s' });
    says('14:00:01 job succeeds', '14:00 job fails 1');
    says('14:10:01 again fails 1', '14:10 again succeeds');
    upTo('15:00');
    expect([told(), lates()]).toEqual([['14:10:31 again [14:10:01, 14:10:31) RetryDue 2'], []]);
  });

  it('Y7: a failure that comes too late for its delay is due at once, or given up; one that is known is not', () => {
    const { says, upTo, told, lates } = tasks({ maxAttempts: 3 });
    upTo('14:30');
    says('14:00 job fails 1', '14:00 lost fails 3');
    expect(told()).toEqual(['14:00 job RetryDue 2', '14:00 lost TaskGivenUp 3']);
    says('14:30 known fails 1');
    upTo('15:00');
    says('14:30:10 known fails 1');
    expect(told()).toEqual(['14:30:30 known [14:30, 14:30:30) RetryDue 2']);
    says('14:30:11 known fails 2', '14:30:12 known fails 2', '14:30:13 known fails 3', '14:30:14 known fails 4');
    expect(told()).toEqual(['14:30:11 known [14:30, 14:30:30) RetryDue 3', '14:30:13 known [14:30, 14:30:30) TaskGivenUp 3']);
    expect(lates()).toHaveLength(7);
  });

  it('T6: a source that is behind holds a retry that a success may still end', () => {
    const { driver, says, upTo, told } = tasks();
    says('14:00 job fails 1');
    for (const time of ['14:00:31', '14:05']) driver.advanceTo(at(time));
    expect(told()).toEqual([]);
    says('14:00:29 job succeeds');
    upTo('14:06');
    expect(told()).toEqual([]);
  });

  it('R4: an event that is none is rejected', () => {
    const { driver } = tasks();
    driver.pipe(
      { value: { type: 'TaskFailed', taskId: 'job', attempt: 0 }, timestamp: 1 },
      { value: { type: 'TaskLost', taskId: 'job' }, timestamp: 1 },
    );
    expect(driver.readRejected().map(({ code }) => code)).toEqual(['SCHEMA', 'SCHEMA']);
  });
});
