import { evictDurableObject } from 'cloudflare:test';
import { expect, it } from 'vitest';
import { paid, requested } from '../../support/events.ts';
import { at, customer, partition, passTime, TOPIC, useWorld } from '../durable/world.ts';
import { FakeGateway, storedLine } from './fake-gateway.ts';

useWorld();

const NEW = `${TOPIC}/1`;

it('P10, T6, K12: a topic grows, and a key moves: its window waits until both partitions have claimed on the new count, and closes by what the new one holds', async () => {
  const gateway = FakeGateway.serve();
  gateway.write(requested('c1', 't1', at('14:00')));
  await partition().pull();
  await passTime(at('14:05'), partition());
  const added = new FakeGateway();
  gateway.others.push(added);
  for (const log of [gateway, added]) log.partitions = 2;
  added.write(paid('c1', 't1', at('14:10')));
  await passTime(at('14:18'), partition(), customer('c1'));
  expect((await partition().status()).source.stalled).toMatch(/has 2 partitions, it had 1/);
  FakeGateway.serve({ ORIEL_PARTITIONS: '2' }, gateway);
  await evictDurableObject(partition());
  await partition().reset();
  await passTime(at('14:19'), partition(), customer('c1'));
  // The old one has read all that is old; nobody has heard of the new one yet.
  expect(await partition().status()).toMatchObject({ counts: { open: 1, held: 1 }, source: { connected: true } });
  expect(gateway.stored).toEqual([]);
  added.before = (call) => {
    if (call === 'describe') throw new Error('not reached yet');
  };
  await partition(NEW).pull();
  await passTime(at('14:25'), partition(), partition(NEW), customer('c1'));
  expect(await partition().status()).toMatchObject({ counts: { held: 1 } });
  added.before = () => undefined;
  await passTime(at('14:40'), partition(), partition(NEW), customer('c1'));
  expect([...gateway.stored, ...added.stored].map(storedLine)).toEqual(['ReservationConfirmed c1/t1']);
  for (const name of [undefined, NEW]) {
    expect((await partition(name).status()).source, name).toMatchObject({ connected: true, stalled: null });
  }
});
