import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { NEVER } from '../../../src/core/window.ts';
import { unlimited } from '../../../src/core/windows/unlimited.ts';
import { LiveWindow } from '../../../src/protocol/live.ts';
import { type Topology, topology } from '../../../src/topology.ts';
import { alarmOf, at, partition, passTime, serve, setClock, useWorld } from '../durable/world.ts';

useWorld();

type Mode = 'source' | 'clock';

/** How many events of each key there ever were: windows that never close. */
function totals(mode: Mode, emit: 'close' | 'update' = 'close'): Topology {
  const made = topology({
    name: 'totals',
    events: z.object({ type: z.string(), key: z.string() }),
    key: (event) => event.key,
    windows: unlimited(),
    reducer: { init: () => 0, add: (count: number) => count + 1 },
    emit,
    time: { mode, maxHold: '1m' },
  });
  return made as unknown as Topology;
}

const post = (id: string) => partition().post([{ id, key: 'c1', value: { type: 'A', key: 'c1' }, timestamp: at('14:00') }]);
const customer = () => env.CUSTOMER.getByName('totals/c1') as unknown as DurableObjectStub;

describe('windows that never close', () => {
  it.each(['source', 'clock'] as const)('W7, D3: reach no alarm, are never held, and nothing is wanted for them: %s', async (mode) => {
    serve({ ORIEL_TIME: mode }, totals(mode));
    expect(await post('e1')).toEqual([{ id: 'e1', disposition: 'folded' }]);
    expect(await post('e2')).toEqual([{ id: 'e2', disposition: 'folded' }]);
    expect([await alarmOf(customer()), await alarmOf(partition())]).toEqual([null, null]);
    expect(await partition().claimFrom('customer-events', { watermark: null, change: null })).toBeNull();
    setClock(at('23:30'));
    expect(await partition().status()).toMatchObject({ counts: { open: 1, held: 0, waiting: 0 }, oldestHold: null });
    const { items } = await partition().windows({ limit: 10 });
    expect(items).toEqual([{ key: 'c1', id: '', start: 0, end: NEVER, closesAt: NEVER, status: 'OPEN', held: false }]);
    expect(LiveWindow.parse(items[0])).toEqual(items[0]);
    expect(await partition().release()).toEqual({ released: 0 });
    expect([await alarmOf(customer()), await alarmOf(partition())]).toEqual([null, null]);
  });

  it('R1: tell every change where the topology says so, a value that is no object as `value`', async () => {
    serve({ ORIEL_TIME: 'clock' }, totals('clock', 'update'));
    for (const id of ['e1', 'e2']) await post(id);
    const { items } = await partition().outcomes({ limit: 10 });
    expect(items.map(({ type, final, value }) => [type, final, value.value])).toEqual([
      ['window', false, 1],
      ['window', false, 2],
    ]);
    expect(await passTime(at('14:30'), partition(), customer())).toEqual([]);
  });
});
