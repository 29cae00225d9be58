import { listDurableObjectIds } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { beforeEach, expect, vi } from 'vitest';
import { paid, requested } from '../../support/events.ts';
import { Bridge } from '../protocol/bridge.ts';
import { at, operate, outcomesOf, postEvents, setClock, statusOf, viewOf, windowsOf } from '../protocol/stage.ts';

const T = at('13:59');

/** All objects that have stored anything, by id. */
export async function stored(): Promise<{ readonly partitions: string[]; readonly customers: string[] }> {
  const idsOf = async (namespace: unknown) => (await listDurableObjectIds(namespace as DurableObjectNamespace)).map(String).sort();
  return { partitions: await idsOf(env.PARTITION), customers: await idsOf(env.CUSTOMER) };
}

/** The id of a customer's object. */
export function idOf(key: string): string {
  return String((env.CUSTOMER as unknown as DurableObjectNamespace).idFromName(`reservation/${key}`));
}

/** What a partition has stored: nothing that changes by being asked. */
export async function trace(): Promise<unknown> {
  const { now: _, source: __, ...rest } = await statusOf();
  return rest;
}

/** A reservation that stands before an attack: asked for at 13:59, to be paid until 14:14. */
export async function openReservation(): Promise<void> {
  const bridge = await Bridge.connect();
  await bridge.data(requested('ann', '7', T));
  bridge.close();
  await bridge.closed;
}

async function looked(): Promise<unknown> {
  const { watermark: _, ...view } = await viewOf('ann');
  return { view, windows: (await windowsOf()).items.filter(({ key }) => key === 'ann') };
}

/** Says how it stands; what it gives, fails where it stands otherwise, or where it does not close right by a log that goes on. */
export async function standing(): Promise<() => Promise<void>> {
  await openReservation();
  const before = await looked();
  return async () => {
    expect(await looked()).toEqual(before);
    expect((await statusOf()).source.stalled).toBeNull();
    // A hurt frame can have named the last offset there is, or another log.
    await operate('reset');
    const bridge = await Bridge.connect({ incarnation: 'log-of-the-end' });
    await bridge.data(paid('ann', '7', T + 1_000));
    setClock(at('14:20'));
    await bridge.claimed(at('14:20'));
    const told = (await outcomesOf()).filter(({ key }) => key === 'ann');
    expect(told).toMatchObject([{ type: 'ReservationConfirmed', value: { tableId: '7', window: { start: T, end: T + 900_000 } } }]);
    const answer = await postEvents('zoe', [{ id: 'z1', type: 'CustomerRequestedTable', customerId: 'zoe', tableId: '1' }]);
    expect(answer.results).toEqual([{ id: 'z1', disposition: 'folded' }]);
  };
}

/** Faults of our own go to the log: an attack must not bring one about. Gives what has been logged in the test that runs. */
export function useLog(): () => unknown[] {
  let calls: unknown[] = [];
  beforeEach(() => {
    calls = vi.spyOn(console, 'error').mockReturnValue(undefined).mock.calls;
  });
  return () => calls;
}
