import { expect, it } from 'vitest';
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
