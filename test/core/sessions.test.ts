import { describe, expect, it } from 'vitest';
import { type SessionSettings, sessions } from '../../src/sessions/topology.ts';
import { TestDriver } from '../../src/testing.ts';
import { at, timeOf } from '../support/evening-clock.ts';

/** What customers do, at the source: `does('14:00 Ada search')`; what has been told of it is read as lines. */
function shop(settings: SessionSettings = {}) {
  const driver = new TestDriver(sessions({ gap: '10m', grace: '1m', ...settings }), { now: at('23:59'), cutEveryInput: true });
  let offset = 0;
  const event = (text: string) => {
    const [time, customerId, type] = text.split(' ') as [string, string, string];
    return { value: { type, customerId }, timestamp: at(time), source: { topic: 'customer-events', partition: 0, offset: String(offset++) } };
  };
  return {
    driver,
    does: (...texts: string[]) => driver.pipe(...texts.map(event)),
    upTo: (time: string) => driver.claim(at(time)),
    told: () =>
      driver.readOutputs().map(({ type, key, value: { events, from, to, durationMs, byType }, timestamp }) => {
        const kinds = Object.entries(byType).map(([kind, count]) => `${count} ${kind}`);
        return `${timeOf(timestamp)} ${key} ${type} [${timeOf(from)}, ${timeOf(to)}] ${events} in ${durationMs / 1_000} s: ${kinds.join(', ')}`;
      }),
    lates: () => driver.readLate().map(({ code, record }) => `${timeOf(record.timestamp)} ${code}`),
    open: (key: string) => driver.state(key)?.open.map(({ start, end, closesAt }) => `[${timeOf(start)}, ${timeOf(end)}] ${timeOf(closesAt)}`),
  };
}

describe('the session topology', () => {
  it('Z1: events at most the gap apart are one session; a longer pause begins another', () => {
    const { does, upTo, told, driver } = shop();
    does('14:00 Ada search', '14:10 Ada view', '14:20 Ada search', '14:30:01 Ada pay', '14:05 Bob view');
    expect(driver.state('Ada')?.open).toMatchObject([
      { start: at('14:00'), end: at('14:20'), closesAt: at('14:31') + 1, status: 'ACTIVE' },
      { start: at('14:30:01'), end: at('14:30:01') },
    ]);
    upTo('15:00');
    expect(told()).toEqual([
      '14:05 Bob SessionEnded [14:05, 14:05] 1 in 0 s: 1 view',
      '14:20 Ada SessionEnded [14:00, 14:20] 3 in 1200 s: 2 search, 1 view',
      '14:30:01 Ada SessionEnded [14:30:01, 14:30:01] 1 in 0 s: 1 pay',
    ]);
  });

  it('Z1: 30 min and 1 min of grace where nothing is set', () => {
    const driver = new TestDriver(sessions(), { now: at('23:59') });
    driver.pipe({ type: 'view', customerId: 'Ada', timestamp: at('14:00') }, { type: 'view', customerId: 'Ada', timestamp: at('14:30') });
    driver.claim(at('15:01'));
    expect(driver.readOutputs()).toEqual([]);
    driver.claim(at('15:01') + 1);
    expect(driver.readOutputs().map(({ value }) => value)).toMatchObject([{ events: 2, durationMs: 1_800_000 }]);
  });

  it('Z2: an event between two sessions makes them one, which is told once', () => {
    const { does, upTo, told, open } = shop();
    does('14:00 Ada search', '14:20 Ada pay');
    expect(open('Ada')).toHaveLength(2);
    does('14:10 Ada view');
    expect(open('Ada')).toHaveLength(1);
    upTo('15:00');
    expect(told()).toEqual(['14:20 Ada SessionEnded [14:00, 14:20] 3 in 1200 s: 1 search, 1 pay, 1 view']);
  });

  it('Z3: ends when the watermark has passed its last event by gap and grace, and not sooner', () => {
    const { driver, does, upTo, told } = shop();
    does('14:00 Ada search');
    driver.claim(at('14:11'));
    expect(told()).toEqual([]);
    does('14:09 Ada view');
    upTo('14:20');
    expect(told()).toEqual([]);
    driver.claim(at('14:20') + 1);
    expect(told()).toEqual(['14:09 Ada SessionEnded [14:00, 14:09] 2 in 540 s: 1 search, 1 view']);
  });

  it('Z4: an event too late for its session is late and changes nothing that was told', () => {
    const { does, upTo, told, lates } = shop();
    does('14:00 Ada search');
    upTo('15:00');
    told();
    does('14:00 Ada view', '14:05 Ada view', '14:49:30 Ada view');
    upTo('16:00');
    expect([told(), lates()]).toEqual([['14:49:30 Ada SessionEnded [14:49:30, 14:49:30] 1 in 0 s: 1 view'], ['14:00 LATE', '14:05 LATE']]);
  });

  it('Z5: types are any text, those that JavaScript has a meaning for too', () => {
    const { does, upTo, told } = shop();
    does('14:00 Ada __proto__', '14:01 Ada constructor', '14:02 Ada __proto__');
    upTo('15:00');
    expect(told()).toEqual(['14:02 Ada SessionEnded [14:00, 14:02] 3 in 120 s: 2 __proto__, 1 constructor']);
  });

  it('R7: an event without a customer or a type is rejected', () => {
    const { driver } = shop();
    driver.pipe({ key: 'Ada', value: { type: 'view' }, timestamp: 1 }, { value: { customerId: 'Ada' }, timestamp: 1 });
    expect(driver.readRejected().map(({ code }) => code)).toEqual(['SCHEMA', 'SCHEMA']);
  });
});
