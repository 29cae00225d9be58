import { expect, it } from 'vitest';
import { partitionOf } from '../../src/protocol/murmur2.ts';
import { paid, requested } from '../support/events.ts';
import { KafkaSystem } from './kafka-system.ts';

const SETTINGS = { ORIEL_WINDOW: '8s', ORIEL_GRACE: '1s' };

it.concurrent('K4, P5, P6: a group that was deleted counts its generations anew: exit 4, and after a reset on from where the objects are', async ({
  onTestFinished: atEnd,
}) => {
  const system = await KafkaSystem.start({ atEnd, settings: SETTINGS });
  // A group that has seen a few generations.
  for (let i = 0; i < 2; i++) await (await system.startedBridge()).stop();
  const bridge = await system.startedBridge();
  const at = Date.now();
  await system.append(requested('ann', '1', at), requested('bob', '1', at));
  await system.untilOpen('ann', 'bob');
  await bridge.stop();
  await system.append(paid('ann', '1', Date.now()));
  await system.topics.deleteGroup(system.group);

  const refused = system.startBridge();
  expect(await refused.ended).toBe(4);
  expect(refused.said().stderr).toMatch(/holds the source with epoch 0, generation \d+; yours are 0, 1.*group that was deleted.*reset/s);
  await system.reset(0);
  await system.startedBridge();
  const outcomes = await system.untilOutcomes('both', (all) => all.length >= 2);
  expect(outcomes.map(({ key, type }) => `${key} ${type}`).sort()).toEqual(['ann ReservationConfirmed', 'bob ReservationCancelled']);
  // Nothing was read twice for want of the group's offsets, nothing was skipped.
  expect((await system.standing()).counts).toMatchObject({ folded: 3, duplicate: 0, late: 0, rejected: 0 });
  await system.until('the offsets of the group', async () => (await system.committed())[0] === 3n);
});

it.concurrent('K3, P6: a topic that was deleted and made anew under a bridge: exit 3, and after a reset the new log, with the loss told', async ({
  onTestFinished: atEnd,
}) => {
  const system = await KafkaSystem.start({ atEnd, settings: { ...SETTINGS, ORIEL_WINDOW: '12s' } });
  const bridge = await system.startedBridge();
  const at = Date.now();
  await system.append(requested('ann', '1', at), requested('bob', '1', at));
  await system.untilOpen('ann', 'bob');
  await system.topics.deleteTopic(system.source);
  await system.topics.createTopic(system.source);
  await system.append(paid('ann', '1', Date.now()));

  expect(await bridge.ended).toBe(3);
  expect(bridge.said().stderr).toMatch(/was deleted and made anew.*INCARNATION.*reset/s);
  expect(await system.outcomes()).toEqual([]);
  await system.reset(0);
  // The group's position is the start of the new log, not one of the old.
  await system.startedBridge();
  const outcomes = await system.untilOutcomes('both', (all) => all.length >= 2, 40_000);
  expect(outcomes.map(({ key, type }) => `${key} ${type}`).sort()).toEqual(['ann ReservationConfirmed', 'bob ReservationCancelled']);
  // What decides may have been lost with the old log: each outcome of a window that was open says so.
  expect(outcomes.map(({ value }) => (value.explanation as { gap?: boolean }).gap)).toEqual([true, true]);
  const { items } = await system.system.get<{ items: { code: string; message: string }[] }>(`/v1/dead-letters/${system.source}/0`);
  expect(items).toEqual([expect.objectContaining({ code: 'GAP' })]);
});

/** Where producers put a key: as Java's do, and as others may. */
const PARTITIONERS: Readonly<Record<string, (key: string, count: number) => number>> = {
  'by murmur2': partitionOf,
  'by a hash of their own': (key, count) => [...Buffer.from(key)].reduce((sum, byte) => (sum * 31 + byte) % 9_973, 7) % count,
};

it.concurrent.for(Object.keys(PARTITIONERS))(
  'P6, P10: six partitions become twelve while windows are open, keys placed %s: exit 3, and after a reset nothing false, nothing missed',
  async (name, { onTestFinished: atEnd }) => {
    const place = PARTITIONERS[name] as (key: string, count: number) => number;
    const system = await KafkaSystem.start({ atEnd, partitions: 6, settings: { ...SETTINGS, ORIEL_WINDOW: '45s' } });
    const customers = Array.from({ length: 60 }, (_, i) => `customer-${i}`);
    const payers = customers.filter((_, i) => i % 2 === 0);
    const moved = payers.filter((customer) => place(customer, 6) !== place(customer, 12));
    expect(moved.length).toBeGreaterThan(5);
    const bridge = await system.startedBridge();
    await system.appendTo((key) => place(key, 6), ...customers.map((customer) => requested(customer, '1', Date.now())));
    await system.until('all windows', async () => (await system.openWindows(6)) === customers.length);

    await system.topics.addPartitions(system.source, 12);
    // Written before anybody reads on, and where the keys are now.
    await system.appendTo((key) => place(key, 12), ...payers.map((customer) => paid(customer, '1', Date.now())));
    expect(await bridge.ended).toBe(3);
    expect(bridge.said().stderr).toMatch(/has 12 partitions now, it had 6.*PARTITIONS.*ORIEL_PARTITIONS alike.*reset/s);

    await system.system.stopWorker();
    await system.system.startWorker({ ORIEL_PARTITIONS: '12' });
    const early = system.startBridge();
    expect(await early.ended).toBe(3);
    for (let partition = 0; partition < 6; partition++) await system.reset(partition);
    await system.startedBridge();
    const outcomes = await system.untilOutcomes('an outcome each', (all) => all.length >= customers.length, 120_000);
    const told = new Map(outcomes.map(({ key, type }) => [key, type]));
    expect(outcomes).toHaveLength(customers.length);
    for (const customer of customers)
      expect([customer, told.get(customer)]).toEqual([customer, payers.includes(customer) ? 'ReservationConfirmed' : 'ReservationCancelled']);
    await system.until('no lag', async () => (await system.metric('lag_records')).every((lag) => lag === 0));
    const standings = await Promise.all(Array.from({ length: 12 }, (_, partition) => system.standing(partition)));
    const sum = (of: 'folded' | 'late' | 'rejected' | 'duplicate') => standings.reduce((total, { counts }) => total + counts[of], 0);
    expect({ folded: sum('folded'), late: sum('late'), rejected: sum('rejected') }).toEqual({
      folded: customers.length + payers.length,
      late: 0,
      rejected: 0,
    });

    // The clean state: what comes now is judged by its own partition alone.
    await system.appendTo((key) => place(key, 12), requested('new', '1', Date.now()), paid('new', '1', Date.now()));
    await system.until('the new window', async () => (await system.openWindows(12)) === 1);
  },
);
