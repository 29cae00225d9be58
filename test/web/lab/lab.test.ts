import { describe, expect, it } from 'vitest';
import { MemoryStore } from '../../../src/stores/memory.ts';
import type { Lab } from '../../../web/src/lab/lab.ts';
import type { LabRecord } from '../../../web/src/lab/state.ts';
import { clock, labOf, MINUTE_MS, toldBy } from './lab-of.ts';

function recordOf(lab: Lab, key: string, type: LabRecord['type']): LabRecord {
  const found = lab.state.records.find((record) => record.key === key && record.type === type);
  if (found === undefined) throw new Error(`no ${type} of ${key}`);
  return found;
}

describe('the lab', () => {
  it('moves its clock by what passes for the reader, times the speed, while it runs; never two steps at once', async () => {
    const lab = labOf();
    expect(clock(lab.state.now)).toBe('14:50:00');
    for (let i = 0; i < 100; i++) lab.tick(16.7);
    await lab.settled;
    expect(clock(lab.state.now)).toBe('14:51:40');
    expect(lab.state.now % 1_000).toBe(200);
    lab.pause();
    lab.tick(1_000);
    await lab.settled;
    expect(lab.state.now % 1_000).toBe(200);
    lab.run();
    lab.setSpeed(1);
    lab.tick(800);
    await lab.settled;
    expect(clock(lab.state.now)).toBe('14:51:41');
    lab.setSpeed(5_000);
    expect(lab.state).toMatchObject({ speed: 1_000, running: true, said: 'The clock goes 1000 times as fast.' });
  });

  it('T1: steps to the next deadline, and there the window closes', async () => {
    const lab = labOf({ story: 'idle' });
    expect(lab.state.nextDeadline).toBeNull();
    await lab.stepToDeadline();
    expect(lab.state.said).toBe('Nothing is due.');
    await lab.advance(6 * MINUTE_MS);
    expect(clock(lab.state.nextDeadline)).toBe('15:07:00');
    await lab.stepToDeadline();
    expect(clock(lab.state.now)).toBe('15:07:00');
    expect(toldBy(lab)).toEqual(['ReservationConfirmed ada 7']);
    await lab.holdSource(true);
    await lab.stepToDeadline();
    expect(clock(lab.state.now)).toBe('15:08:00');
    expect(lab.state).toMatchObject({ running: false, live: { counts: { held: 1, outcomes: 1 } } });
  });

  it('takes the reader for a customer, and says what cannot be sent', async () => {
    const lab = labOf({ story: 'idle' });
    await lab.advance(30 * MINUTE_MS);
    await lab.act('CustomerRequestedTable', 'me', '12');
    expect(lab.state.said).toBe('me: request for table 12.');
    await lab.advance(5 * MINUTE_MS);
    await lab.act('CustomerPaidForTable', 'me', '12');
    expect([...lab.state.live.open.values()]).toMatchObject([{ key: 'me', id: '12', status: 'PAID_FOR', held: false }]);
    expect(lab.state.records.at(-1)).toMatchObject({ key: 'me', own: true, fate: 'folded', rivalFate: 'folded' });
    const { recordCount } = lab.state;
    await lab.act('CustomerPaidForTable', '', '12');
    expect(lab.state.said).toMatch(/^This cannot be sent: /);
    expect(lab.state.recordCount).toBe(recordCount);
    await lab.advance(20 * MINUTE_MS);
    expect(toldBy(lab).at(-1)).toBe('ReservationConfirmed me 12');
  });

  it('nobody does anything while the lab is idle; what was under way still comes, and people come again', async () => {
    const lab = labOf({ customers: 40 });
    await lab.advance(10 * MINUTE_MS);
    await lab.goIdle(true);
    const from = lab.state.now;
    await lab.advance(60 * MINUTE_MS);
    expect(lab.state.records.filter(({ timestamp }) => timestamp > from)).toEqual([]);
    expect(lab.state.live.open.size).toBe(0);
    await lab.goIdle(false);
    const until = lab.state.now;
    await lab.advance(10 * MINUTE_MS);
    const later = lab.state.records.filter(({ timestamp }) => timestamp > from);
    expect(later.length).toBeGreaterThan(5);
    expect(Math.min(...later.map(({ timestamp }) => timestamp))).toBeGreaterThan(until);
    // None of a customer whose request was never made.
    expect(lab.state.live.lates.filter(({ timestamp, code }) => code === 'NO_WINDOW' && (timestamp ?? 0) > until)).toEqual([]);
  });

  it('W8: a payment that is moved to after the closing is late, and the table is freed; moved back, it is kept', async () => {
    const lab = labOf({ story: 'boundary' });
    await lab.advance(60 * MINUTE_MS);
    const { hash } = lab.state;
    const payment = recordOf(lab, 'ada', 'CustomerPaidForTable');
    await lab.move(payment.offset, payment.timestamp + 30 * MINUTE_MS);
    expect(toldBy(lab).filter((told) => told.includes('ada'))).toEqual([
      'ReservationCancelled ada 7 PAYMENT_TIMED_OUT',
      'PaymentRejected ada 7 LATE',
    ]);
    const moved = recordOf(lab, 'ada', 'CustomerPaidForTable');
    expect(moved).toMatchObject({ offset: payment.offset, appended: payment.timestamp + 30 * MINUTE_MS, own: true, fate: 'late' });
    expect(lab.state.hash).not.toBe(hash);
    await lab.move(payment.offset, payment.appended);
    expect(lab.state.hash).toBe(hash);
    await lab.move(payment.offset, 0);
    expect(recordOf(lab, 'ada', 'CustomerPaidForTable').appended).toBe(payment.timestamp);
    expect(lab.state.recordCount).toBe(6);
  });

  it('keeps what was moved ahead of now, not delivered, until its instant comes; and it can be moved again', async () => {
    const lab = labOf({ story: 'boundary' });
    const payment = () => recordOf(lab, 'ada', 'CustomerPaidForTable');
    await lab.advance(16 * MINUTE_MS);
    const { recordCount } = lab.state;
    const { offset, appended } = payment();
    await lab.move(offset, lab.state.now + 3 * MINUTE_MS);
    expect(payment()).toMatchObject({ offset, appended: lab.state.now + 3 * MINUTE_MS, delivered: null, fate: null, rivalFate: null, own: true });
    expect(lab.state.recordCount).toBe(recordCount - 1);
    expect(lab.state.records.at(-1)).toBe(payment());
    await lab.move(offset, lab.state.now + MINUTE_MS);
    expect(payment().delivered).toBeNull();
    await lab.advance(MINUTE_MS - 1);
    expect(payment().delivered).toBeNull();
    await lab.advance(1);
    expect(payment()).toMatchObject({ delivered: lab.state.now, fate: 'folded' });
    expect(lab.state.records.filter((record) => record.offset === offset)).toHaveLength(1);
    expect(lab.state.recordCount).toBe(recordCount);
    await lab.move(offset, appended);
    const again = labOf({ story: 'boundary' }, { until: lab.state.now });
    await again.settled;
    expect(lab.state.hash).toBe(again.state.hash);
  });

  it('W3, R5: a payment that is moved to before its request waits for it, and records of one customer may pass each other', async () => {
    const lab = labOf({ story: 'late', graceMs: 10 * MINUTE_MS });
    await lab.advance(60 * MINUTE_MS);
    const request = recordOf(lab, 'ben', 'CustomerRequestedTable');
    const payment = recordOf(lab, 'ben', 'CustomerPaidForTable');
    await lab.move(request.offset, payment.appended + MINUTE_MS);
    expect(lab.state.live.counts).toMatchObject({ folded: 3, waiting: 0, late: 1, duplicate: 0 });
    expect(recordOf(lab, 'ben', 'CustomerPaidForTable').fate).toBe('folded');
    expect(toldBy(lab)).toContain('ReservationConfirmed ben 3');
  });

  it('D1: a restored engine has what its store holds, and nothing else; the source sends again what was not acknowledged', async () => {
    const stores: MemoryStore[] = [];
    const store = new MemoryStore();
    store.commit({ changes: new Map([['left-over', new Map([['key', 1]])]]), output: { results: [], late: [], rejected: [], dispositions: [] } });
    const openStore = () => {
      stores.push(store);
      return Promise.resolve({ store, durability: { kind: 'indexeddb' } as const });
    };
    const lab = labOf({ story: 'idle' }, { openStore });
    await lab.settled;
    expect(store.load()).toEqual([]);
    await lab.advance(90_200);
    await lab.act('CustomerRequestedTable', 'me', '12');
    await lab.kill();
    expect(lab.state).toMatchObject({
      engine: 'killed',
      nextDeadline: null,
      live: { source: { stalled: 'The engine was killed; 0 records wait in the log.' } },
    });
    await lab.advance(3 * MINUTE_MS);
    expect(lab.state.records.map(({ key, fate, delivered }) => [key, fate, delivered === null])).toEqual([
      ['ada', 'folded', false],
      ['me', 'folded', false],
      ['ben', null, true],
    ]);
    expect(stores).toHaveLength(1);
    expect(new Set(store.load().map(([key]) => key))).toEqual(new Set(['ada', 'me']));
    await lab.restore();
    expect(stores).toHaveLength(2);
    expect(lab.state.live.counts).toMatchObject({ folded: 3, duplicate: 1, open: 3 });
    expect(lab.state.durability).toEqual({ kind: 'indexeddb' });
  });

  it('D1: an engine whose store was cleared, or taken by another tab, tells what it would have told, from memory', async () => {
    let store = new MemoryStore();
    const openStore = () => Promise.resolve({ store, durability: { kind: 'indexeddb' } as const });
    const lab = labOf({ seed: 4 }, { openStore });
    const whole = labOf({ seed: 4 });
    for (const one of [lab, whole]) {
      await one.advance(18 * MINUTE_MS);
      await one.kill();
      store = new MemoryStore();
      await one.restore();
      await one.advance(18 * MINUTE_MS);
    }
    expect(lab.state.durability).toEqual({
      kind: 'memory',
      why: 'The store failed: It no longer holds what was stored in it: it was cleared, or another tab uses it.',
    });
    expect(whole.state.durability.kind).toBe('indexeddb');
    expect(lab.state.hash).toBe(whole.state.hash);
    expect(lab.state.live.counts).toEqual(whole.state.live.counts);
  });

  it('does not open a store anew that has gone over to memory, and says that it has', async () => {
    let opened = 0;
    let durability: { kind: 'indexeddb' } | { kind: 'memory'; why: string } = { kind: 'indexeddb' };
    const openStore = () => {
      opened++;
      const store = new MemoryStore();
      return Promise.resolve({
        store,
        get durability() {
          return durability;
        },
      });
    };
    const lab = labOf({ story: 'idle' }, { openStore });
    await lab.advance(4 * MINUTE_MS);
    durability = { kind: 'memory', why: 'The quota is exceeded.' };
    await lab.kill();
    await lab.restore();
    await lab.advance(20 * MINUTE_MS);
    expect(opened).toBe(1);
    expect(lab.state.durability).toEqual(durability);
    expect(toldBy(lab)).toHaveLength(2);
  });

  it('tells of a store that cannot be opened, and goes on in memory, through a kill as well', async () => {
    const lab = labOf({ story: 'idle' }, { openStore: () => Promise.reject(new Error('No storage here.')) });
    await lab.advance(6 * MINUTE_MS);
    await lab.kill();
    await lab.restore();
    await lab.advance(20 * MINUTE_MS);
    expect(lab.state.durability).toEqual({ kind: 'memory', why: 'The store failed: No storage here.' });
    expect(toldBy(lab)).toHaveLength(2);
  });

  it('catches up with a night in which the tab was hidden in several steps, and breathes in a long one', async () => {
    let breaths = 0;
    const breathe = () => {
      breaths++;
      return Promise.resolve();
    };
    const lab = labOf({ customers: 100 }, { breathe });
    lab.tick(4 * MINUTE_MS);
    await lab.settled;
    expect(clock(lab.state.now)).toBe('17:20:00');
    lab.tick(0);
    await lab.settled;
    expect(clock(lab.state.now)).toBe('18:50:00');
    expect(breaths).toBeGreaterThan(5);
  });

  it('T9: run again up to an instant at which it slept, it comes to its waking', async () => {
    const lab = labOf({ story: 'asleep' });
    await lab.advance(5 * MINUTE_MS);
    const again = labOf({ story: 'asleep' }, { until: lab.state.now - 60 * MINUTE_MS });
    await again.settled;
    expect(again.state).toMatchObject({ engine: 'running', now: lab.state.now, hash: lab.state.hash });
  });

  it('compares: what they tell in the middle of a log that is behind is early, and wrong once it has been paid for', async () => {
    const lab = labOf({ story: 'boundary' });
    const ada = () => lab.state.comparisons.find(({ key }) => key === 'ada')?.differs;
    await lab.advance(9.5 * MINUTE_MS);
    await lab.holdSource(true);
    await lab.advance(5 * MINUTE_MS);
    expect(ada()).toBe('open');
    await lab.holdSource(false);
    expect(ada()).toBe('early');
    await lab.advance(MINUTE_MS);
    expect(ada()).toBe('wrong');
    expect(lab.state.compared).toEqual({ same: 0, open: 2, wrong: 1, silent: 0, early: 0, dropped: 0 });
  });

  it('compares: what differs is shown first, the last decided of it, however many requests are open', async () => {
    const lab = labOf({ customers: 1_000 });
    await lab.advance(30 * MINUTE_MS);
    const { comparisons, compared } = lab.state;
    expect(compared.open).toBeGreaterThan(400);
    expect(comparisons).toHaveLength(200);
    const differs = comparisons.map((one) => (one.differs === 'wrong' || one.differs === 'silent' || one.differs === 'early' ? 'differs' : 'not'));
    expect(differs).toEqual([...Array.from({ length: 100 }, () => 'differs'), ...Array.from({ length: 100 }, () => 'not')]);
    const decided = comparisons.slice(0, 100).map(({ ours, theirs }) => Math.max(ours?.at ?? 0, theirs?.at ?? 0));
    expect(decided).toEqual(decided.toSorted((a, b) => b - a));
    expect(lab.state.now - Math.min(...decided)).toBeLessThan(10 * MINUTE_MS);
    const requested = comparisons.slice(100).map((one) => one.requested);
    expect(requested).toEqual(requested.toSorted((a, b) => b - a));
    const again = labOf({ customers: 1_000 });
    for (let i = 0; i < 300; i++) await again.advance(6_000);
    expect(again.state.comparisons).toEqual(comparisons);
  });

  it('compares: who cancels is told of at once here, and theirs is silent only when its own time is up', async () => {
    const lab = labOf({ story: 'idle' });
    await lab.advance(3 * MINUTE_MS);
    await lab.act('CustomerCancelledReservation', 'ben', '3');
    const ben = () => lab.state.comparisons.find(({ key }) => key === 'ben');
    await lab.advance(1_000);
    expect(ben()).toMatchObject({ ours: { verdict: 'cancelled' }, theirs: null, differs: 'open' });
    await lab.advance(7 * MINUTE_MS);
    expect(clock(lab.state.now)).toBe('15:00:01');
    expect(ben()?.differs).toBe('open');
    await lab.advance(MINUTE_MS);
    expect(ben()?.differs).toBe('silent');
    await lab.act('CustomerRequestedTable', 'me', '1');
    expect(ben()).toMatchObject({ theirs: { verdict: 'cancelled', at: lab.state.now }, differs: 'same' });
    expect(
      [...lab.state.rival.values()]
        .flat()
        .filter(({ toldAt }) => toldAt !== null)
        .map(({ key }) => key),
    ).toEqual(['ada', 'ben']);
  });

  it('of many windows tells the clock with every tick, and all the rest five times a second and whenever it stands still', async () => {
    const lab = labOf({ customers: 1_000 });
    await lab.advance(16 * MINUTE_MS);
    const told = [lab.state];
    for (let i = 0; i < 24; i++) {
      lab.tick(16.7);
      await lab.settled;
      told.push(lab.state);
    }
    expect(new Set(told.map(({ now }) => now)).size).toBe(25);
    expect(new Set(told.map(({ live }) => live)).size).toBe(3);
    expect(new Set(told.map(({ records }) => records)).size).toBe(3);
    lab.pause();
    expect(lab.state.live.now).toBe(lab.state.now);
    const whole = labOf({ customers: 1_000 });
    await whole.advance(lab.state.now - whole.state.now);
    expect(lab.state).toMatchObject({ hash: whole.state.hash, recordCount: whole.state.recordCount, nextDeadline: whole.state.nextDeadline });
  });

  it('with 10,000 customers a step changes what has changed, and leaves the rest as it is', async () => {
    const lab = labOf({ customers: 10_000 });
    await lab.advance(8 * MINUTE_MS);
    const before = lab.state;
    expect(before.live.open.size).toBeGreaterThan(4_500);
    const open = new Map(before.live.open);
    await lab.advance(50);
    expect(before.live.open).toEqual(open);
    lab.pause();
    const paused = lab.state;
    lab.setSpeed(2);
    for (const part of ['records', 'rival', 'comparisons', 'compared', 'watermarks', 'streamTimes', 'lateness'] as const)
      expect(lab.state[part]).toBe(paused[part]);
    expect(lab.state.live.open).toBe(paused.live.open);
    expect(lab.state.live.closed).toBe(paused.live.closed);
  });
});
