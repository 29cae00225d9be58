import { expect, it, vi } from 'vitest';
import { requested } from '../../support/events.ts';
import { Bridge } from './bridge.ts';
import { at, eventually, partition, passTime, unreachable, useWorld } from './world.ts';

useWorld();

it('D2: the log tells each try of a partition that has stopped, and once that it goes on', async () => {
  const lines: Record<string, unknown>[] = [];
  for (const level of ['info', 'warn', 'error'] as const)
    vi.spyOn(console, level).mockImplementation((line) => void lines.push(JSON.parse(String(line)) as Record<string, unknown>));
  const said = () => lines.filter(({ message }) => String(message).startsWith('the partition')).map(({ error: _, ...fields }) => fields);

  const bridge = await Bridge.connect();
  const { heal } = unreachable('reservation/c1');
  bridge.post(requested('c1', 't1', at('14:00')));
  await eventually(
    async () => said().length,
    (tries) => tries === 1,
  );
  heal();
  await passTime(at('14:00:02'), partition());
  await bridge.take('nack');
  bridge.next = 0;
  await bridge.data(requested('c1', 't1', at('14:00')));
  await bridge.data(requested('c1', 't2', at('14:00')));
  expect(said()).toEqual([
    { level: 'error', message: 'the partition has stopped, will try again', object: 'customer-events/0', attempts: 1 },
    { level: 'info', message: 'the partition goes on', object: 'customer-events/0', attempts: 1 },
  ]);
});
