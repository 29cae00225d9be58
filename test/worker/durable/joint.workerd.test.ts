import { describe, expect, it } from 'vitest';
import type { LiveOutcome } from '../../../src/protocol/live.ts';
import { partitionOf } from '../../../src/protocol/murmur2.ts';
import { cancelled, type EventLine, paid, requested } from '../../support/events.ts';
import { Oracle } from '../../support/oracle.ts';
import { between, mulberry32, type Random, shuffled } from '../../support/random.ts';
import { lineOf } from './bridge.ts';
import { bySum, type Place, TopicByHand } from './topic.ts';
import { alarmOf, at, customer, eventually, partition, ring, setClock, TOPIC, useWorld } from './world.ts';

useWorld();

const REQUEST = at('13:40');
const CLOSES_AT = at('13:56');

/** A customer that is at home in `from` under the old count, and in `to` under the new one. */
function keyThatMoves(from: number, oldCount: number, to: number, newCount: number): string {
  for (let i = 0; ; i++) if (partitionOf(`c${i}`, oldCount) === from && partitionOf(`c${i}`, newCount) === to) return `c${i}`;
}

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}

async function outcomesOf(count: number): Promise<string[]> {
  const all = await Promise.all(numbers(count).map(async (i) => (await partition(`${TOPIC}/${i}`).outcomes({ limit: 1_000 })).items));
  return all.flat().map((outcome: LiveOutcome) => lineOf({ ...outcome, seq: '1' }));
}

/** A topic of which partition `from` is behind: its log holds `tail` unread, and the others have caught up. Then it grows, and `head` is written. */
async function grown(
  counts: readonly [number, number],
  from: number,
  read: readonly EventLine[],
  tail: readonly EventLine[],
  head: readonly EventLine[],
) {
  const topic = new TopicByHand(counts[0]);
  setClock(at('13:45'));
  topic.write(...read);
  for (const i of numbers(counts[0])) {
    await topic.connect(i);
    await topic.read(i);
    if (i !== from) await topic.catchUp(i);
  }
  topic.write(...tail);
  topic.grow(counts[1]);
  topic.write(...head);
  setClock(at('14:00'));
  return topic;
}

/** Everything that rings, rings, some time later; those that have caught up say so again. */
async function goOn(topic: TopicByHand, keys: readonly string[], caughtUp: readonly number[]): Promise<void> {
  setClock(Date.now() + 61_000);
  for (const i of caughtUp) await topic.catchUp(i);
  for (const key of keys) await ring(customer(key));
  for (const i of numbers(topic.count)) await ring(partition(`${TOPIC}/${i}`));
}

describe.each([
  { counts: [6, 12] as const, from: 3, to: 9 },
  { counts: [4, 6] as const, from: 3, to: 1 },
  { counts: [1, 2] as const, from: 0, to: 1 },
])('a topic that grows from $counts, and a customer that moves from $from to $to', ({ counts, from, to }) => {
  const [before, after] = counts;
  const key = keyThatMoves(from, before, to, after);
  const others = numbers(after).filter((i) => i !== from && i !== to);

  it('P10, T6: a window is not closed by the claims of its old partition while the new one is behind', async () => {
    const topic = await grown(counts, from, [requested(key, 't1', REQUEST)], [], [paid(key, 't1', at('13:50'))]);
    for (const i of [from, ...others]) await topic.readmit(i);
    for (const i of [from, ...others]) await topic.catchUp(i);
    await goOn(topic, [key], [from, ...others]);
    expect(await outcomesOf(after)).toEqual([]);
    const status = await partition(`${TOPIC}/${from}`).status();
    expect(status.counts).toMatchObject({ open: 1, held: 1 });
    expect(status.source.stalled).toContain(`${after} partitions`);
    await topic.readmit(to);
    await goOn(topic, [key], [from, ...others]);
    expect(await outcomesOf(after)).toEqual([]);
    await topic.catchUp(to);
    await topic.retry(to);
    for (let i = 0; i < 3; i++) await goOn(topic, [key], numbers(after));
    expect(await outcomesOf(after)).toEqual([`#1 ReservationConfirmed ${key}/t1 by watermark`]);
    expect((await partition(`${TOPIC}/${to}`).outcomes({ limit: 10 })).items.length).toBe(1);
  });

  it('P10, T6: a payment that is read before its request waits for it, however far the claims of its partition are', async () => {
    const topic = await grown(counts, from, [], [requested(key, 't1', REQUEST)], [paid(key, 't1', at('13:50'))]);
    for (const i of [to, ...others]) await topic.readmit(i);
    for (const i of [to, ...others]) await topic.catchUp(i);
    await goOn(topic, [key], [to, ...others]);
    expect((await customer(key).view())?.counts.waiting).toBe(to < before ? 1 : undefined);
    await topic.readmit(from);
    await topic.catchUp(from);
    await topic.retry(to);
    for (let i = 0; i < 3; i++) await goOn(topic, [key], numbers(after));
    expect(await outcomesOf(after)).toEqual([`#1 ReservationConfirmed ${key}/t1 by watermark`]);
  });

  it('P10, T6, T7: a window from before closes by the least of all claims, which are wanted for it', async () => {
    const topic = await grown(counts, from, [requested(key, 't1', REQUEST)], [], []);
    for (const i of numbers(after)) await topic.readmit(i);
    setClock(CLOSES_AT - 1);
    for (const i of numbers(after)) await topic.catchUp(i);
    for (const i of numbers(before)) await topic.retry(i);
    expect((await partition(`${TOPIC}/${from}`).status()).source.stalled).toBeNull();
    setClock(at('14:00'));
    await topic.catchUp(from);
    expect(await outcomesOf(after)).toEqual([]);
    for (const i of [to, ...others]) {
      await eventually(
        () => topic.bridge(i).frames,
        (frames) => frames.some((frame) => frame.t === 'want' && frame.watermark === CLOSES_AT),
      );
    }
    for (const i of others) await topic.catchUp(i);
    await goOn(topic, [key], []);
    expect(await outcomesOf(after)).toEqual([]);
    expect((await partition(`${TOPIC}/${from}`).status()).source.stalled).toContain(`${TOPIC}/${to}`);
    await topic.catchUp(to);
    await topic.retry(from);
    expect(await outcomesOf(after)).toEqual([`#1 ReservationCancelled ${key}/t1 PAYMENT_TIMED_OUT by watermark`]);
  });

  it('P10, D5: a customer is at home where its last record came from, with all that it has open, and nobody else closes it', async () => {
    const topic = await grown(counts, from, [requested(key, 't1', REQUEST)], [], [requested(key, 't2', at('13:59'))]);
    for (const i of numbers(after)) await topic.readmit(i);
    for (const i of numbers(before)) if (i !== to) await topic.catchUp(i);
    for (const i of others) await topic.catchUp(i);
    await topic.read(to);
    for (let i = 0; i < 2; i++) for (const n of numbers(after)) await topic.retry(n);
    await topic.read(to);
    expect((await partition(`${TOPIC}/${to}`).windows({ limit: 10 })).items.map(({ key }) => key)).toEqual([key, key]);
    setClock(at('14:30'));
    for (let i = 0; i < 2; i++) await goOn(topic, [key], [from, ...others]);
    expect(await outcomesOf(after)).toEqual([]);
    for (let i = 0; i < 3; i++) await goOn(topic, [key], numbers(after));
    expect(await outcomesOf(after)).toEqual(['t1', 't2'].map((table) => `#1 ReservationCancelled ${key}/${table} PAYMENT_TIMED_OUT by watermark`));
    const left = await Promise.all(numbers(after).map(async (i) => (await partition(`${TOPIC}/${i}`).status()).counts.open));
    expect(left).toEqual(numbers(after).map(() => 0));
  });
});

/** An hour of five tables and a dozen customers, each event at a second of its own; most pay, some too late, some not at all. */
function hour(random: Random): EventLine[] {
  const events: EventLine[] = [];
  for (let i = 0; i < 30; i++) {
    const [key, table] = [`c${between(random, 0, 11)}`, `t${between(random, 0, 4)}`];
    const start = at('12:00') + between(random, 0, 3_599) * 1_000;
    const later = (): number => start + between(random, -30, 1_200) * 1_000;
    events.push(requested(key, table, start));
    if (random() < 0.7) events.push(paid(key, table, later()));
    if (random() < 0.15) events.push(cancelled(key, table, later()));
    if (random() < 0.15) events.push(requested(key, table, later()));
  }
  const seconds = new Set<number>();
  return events.filter(({ timestamp }) => !seconds.has(timestamp) && seconds.add(timestamp)).sort((a, b) => a.timestamp - b.timestamp);
}

/** What would be said if every event were read the moment it is written. */
function ideal(events: readonly EventLine[]): string[] {
  const [sizeMs, graceMs, retentionMs] = [900_000, 60_000, 86_400_000];
  const oracle = new Oracle({ sizeMs, graceMs, retentionMs, settle: 'close', mode: 'source', scope: 'partition', maxFutureMs: 60_000 });
  events.forEach((event, i) => {
    const record = { ...event, source: { topic: TOPIC, partition: 0, offset: String(i), incarnation: 'log-1' } };
    oracle.take({ type: 'record', record, now: event.timestamp, watermark: event.timestamp });
  });
  oracle.take({ type: 'watermark', now: at('15:00'), watermark: at('15:00') });
  return oracle.told
    .map(({ type, customerId, tableId, reason = '', window }) => `${type} ${customerId}/${tableId} ${reason} ${window?.start ?? ''}`)
    .sort();
}

/** Everything said by any partition, each id once. */
async function said(count: number): Promise<string[]> {
  const all = await Promise.all(numbers(count).map(async (i) => (await partition(`${TOPIC}/${i}`).outcomes({ limit: 1_000 })).items));
  const once = new Map(
    all.flat().map((outcome) => [outcome.id, outcome.value as { type: string; customerId: string; tableId: string } & typeof outcome.value]),
  );
  const windowOf = (value: object): { start?: number } => (value as { window?: { start: number } }).window ?? {};
  return [...once.values()]
    .map((value) => `${value.type} ${value.customerId}/${value.tableId} ${value.reason ?? ''} ${windowOf(value).start ?? ''}`)
    .sort();
}

/** Where the order between two partitions is not known: timeouts that are not true, and requests of which nothing was said. */
function faultsOf(events: readonly EventLine[], outcomes: readonly string[]): string[] {
  const told = outcomes.map((line) => line.split(' '));
  const isHeld = ([, name, , start]: string[], { key, value, timestamp }: EventLine): boolean =>
    name === `${key}/${(value as { tableId: string }).tableId}` && timestamp >= Number(start) && timestamp < Number(start) + 900_000;
  const is = ({ value }: EventLine, type: string): boolean => (value as { type: string }).type === type;
  return [
    ...told
      .filter((one) => one[2] === 'PAYMENT_TIMED_OUT' && events.some((event) => is(event, 'CustomerPaidForTable') && isHeld(one, event)))
      .map((one) => `false: ${one.join(' ')}`),
    ...events
      .filter((event) => is(event, 'CustomerRequestedTable') && !told.some((one) => one[0] === 'RequestRejected' || isHeld(one, event)))
      .map((event) => `missed: ${JSON.stringify(event)}`),
  ];
}

const PLACES: Record<string, Place> = { murmur2: partitionOf, 'another hash': bySum };

describe.each([
  { counts: [6, 12] as const, by: 'murmur2', seeds: [3, 4] },
  { counts: [6, 12] as const, by: 'another hash', seeds: [3, 5] },
  { counts: [4, 6] as const, by: 'murmur2', seeds: [12, 13] },
  { counts: [4, 6] as const, by: 'another hash', seeds: [12, 15] },
])('an hour in which a topic grows from $counts, its keys placed by $by', ({ counts, by, seeds }) => {
  const [before, after] = counts;

  it.each(seeds)('P10, T6, T7: seed %i: whichever partition is read when, what is said is what is true', async (seed) => {
    const random = mulberry32(seed);
    const events = hour(random);
    const growsAt = at('12:00') + between(random, 900, 2_700) * 1_000;
    const topic = new TopicByHand(before, PLACES[by]);
    topic.write(...events.filter(({ timestamp }) => timestamp < growsAt));
    setClock(growsAt);
    for (const i of numbers(before)) {
      const caughtUpAt = between(random, at('12:00') / 1_000, growsAt / 1_000) * 1_000;
      const bridge = await topic.connect(i);
      await topic.read(i, topic.logs[i]?.filter(({ timestamp }) => timestamp < caughtUpAt).length);
      await bridge.claim(caughtUpAt);
      if (random() < 0.3) await topic.read(i, between(random, 1, 5));
    }
    topic.grow(after);
    topic.write(...events.filter(({ timestamp }) => timestamp >= growsAt));
    setClock(at('13:30'));
    const keys = [...new Set(events.map(({ key }) => key))];
    const behind = new Set(numbers(after));
    const greeted = new Set<number>();
    while (behind.size > 0) {
      const i = shuffled(random, [...behind])[0] as number;
      if (!greeted.has(i)) {
        await topic.readmit(i);
        greeted.add(i);
      } else if (topic.stopped.has(i)) await topic.retry(i);
      else if (random() < 0.5) await topic.read(i, between(random, 1, 8));
      else if (await topic.catchUp(i)) behind.delete(i);
      if (random() < 0.3) await ring(customer(shuffled(random, keys)[0] as string));
      if (random() < 0.2) await ring(partition(`${TOPIC}/${between(random, 0, after - 1)}`));
    }
    for (let i = 0; i < 3; i++) await goOn(topic, keys, numbers(after));
    const outcomes = await said(after);
    // Where keys only move to partitions that are new, each one's records keep their order.
    if (after % before === 0) expect(outcomes, `seed ${seed}`).toEqual(ideal(events));
    else expect(faultsOf(events, outcomes), `seed ${seed}`).toEqual([]);
    const open = await Promise.all(numbers(after).map(async (i) => (await partition(`${TOPIC}/${i}`).status()).counts.open));
    expect(open).toEqual(numbers(after).map(() => 0));
  });
});

describe('a topic that is new', () => {
  it('P10: has nobody wait', async () => {
    const topic = new TopicByHand(12);
    await Promise.all(numbers(12).map((i) => topic.connect(i)));
    for (const i of numbers(12)) {
      expect((await partition(`${TOPIC}/${i}`).status()).source).toEqual({ connected: true, want: null, stalled: null });
      expect(await alarmOf(partition(`${TOPIC}/${i}`))).toBeNull();
      expect(topic.bridge(i).frames.map(({ t }) => t)).toEqual(['welcome']);
    }
  });
});
