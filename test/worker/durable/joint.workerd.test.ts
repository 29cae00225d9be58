import { describe, expect, it } from 'vitest';
import type { LiveOutcome } from '../../../src/protocol/live.ts';
import { partitionOf } from '../../../src/protocol/murmur2.ts';
import { cancelled, type EventLine, paid, requested } from '../../support/events.ts';
import { Oracle } from '../../support/oracle.ts';
import { between, mulberry32, type Random, shuffled } from '../../support/random.ts';
import { lineOf } from './bridge.ts';
import { TopicByHand } from './topic.ts';
import { alarmOf, at, customer, partition, ring, setClock, TOPIC, useWorld } from './world.ts';

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

  it('P10, T6: what is read of the new partition is not judged while what came before it is unread in the old one', async () => {
    const topic = await grown(counts, from, [], [requested(key, 't1', REQUEST)], [paid(key, 't1', at('13:50')), requested(key, 't1', at('13:52'))]);
    for (const i of [to, ...others]) await topic.readmit(i);
    for (const i of [to, ...others]) await topic.catchUp(i);
    await goOn(topic, [key], [to, ...others]);
    expect(await customer(key).view()).toBeNull();
    await topic.readmit(from);
    await topic.catchUp(from);
    expect(await outcomesOf(after)).toEqual([]);
    await topic.retry(to);
    for (let i = 0; i < 3; i++) await goOn(topic, [key], numbers(after));
    expect(await outcomesOf(after)).toEqual([`#1 ReservationConfirmed ${key}/t1 by watermark`]);
  });

  it('P10, D5: a customer goes to its new home with all that it has open, and its old one forgets it', async () => {
    const topic = await grown(counts, from, [requested(key, 't1', REQUEST)], [], []);
    for (const i of numbers(after)) await topic.readmit(i);
    setClock(CLOSES_AT - 1);
    for (const i of numbers(after)) await topic.catchUp(i);
    for (let i = 0; i < 2; i++) for (const n of numbers(after)) await topic.retry(n);
    const open = await Promise.all(
      [from, to].map(async (i) => (await partition(`${TOPIC}/${i}`).windows({ limit: 10 })).items.map((one) => one.key)),
    );
    expect(open).toEqual([[], [key]]);
    expect((await partition(`${TOPIC}/${from}`).status()).source.stalled).toBeNull();
    // Its new home alone says when it closes, and wants to know.
    await goOn(topic, [], [from, ...others]);
    await ring(customer(key));
    expect(await outcomesOf(after)).toEqual([]);
    await goOn(topic, [], [to]);
    expect(await outcomesOf(after)).toEqual([`#1 ReservationCancelled ${key}/t1 PAYMENT_TIMED_OUT by watermark`]);
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

describe.each([
  { counts: [6, 12] as const, seeds: [3, 4] },
  { counts: [4, 6] as const, seeds: [12, 13, 15] },
])('an hour in which a topic grows from $counts', ({ counts, seeds }) => {
  const [before, after] = counts;

  it.each(seeds)('P10, T6, T7: seed %i: whichever partition is read when, what is said is what is true', async (seed) => {
    const random = mulberry32(seed);
    const events = hour(random);
    const growsAt = at('12:00') + between(random, 900, 2_700) * 1_000;
    const topic = new TopicByHand(before);
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
    expect(await said(after), `seed ${seed}`).toEqual(ideal(events));
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
