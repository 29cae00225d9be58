import { afterEach, describe, expect, it, vi } from 'vitest';
import type { PartitionApi } from '../../../worker/api.ts';
import { wakePulls } from '../../../worker/scheduled.ts';
import { world } from '../world.ts';

afterEach(() => vi.restoreAllMocks());

describe('K12: the cron trigger', () => {
  it('calls every partition of every topic that the Worker reads itself', async () => {
    const { env, woken } = world({ ORIEL_SOURCE: 'kafka-rest+http://gateway.test/a,b', ORIEL_PARTITIONS: '2' });
    await wakePulls(env);
    expect(woken.map((call) => call.split('(')[0])).toMatchObject(
      ['partition a/0', 'partition a/1', 'partition b/0', 'partition b/1'].map((name) => expect.stringContaining(name)),
    );
  });

  it('wakes nobody where there is nothing to be read', async () => {
    const { env, woken } = world({ ORIEL_SOURCE: 'kafka://localhost:9092/a' });
    await wakePulls(env);
    expect(woken).toEqual([]);
  });

  it('D4: goes on past one that fails, and never fails itself', async () => {
    const said = vi.spyOn(console, 'warn').mockReturnValue(undefined);
    const failing = (name: string): Partial<PartitionApi> => (name === 'a/0' ? { pull: () => Promise.reject(new Error('gone')) } : {});
    const { env, woken } = world({ ORIEL_SOURCE: 'kafka-rest+http://gateway.test/a', ORIEL_PARTITIONS: '2' }, { partition: failing });
    await wakePulls(env);
    expect(woken).toHaveLength(2);
    expect(said).toHaveBeenCalledTimes(1);
    vi.spyOn(console, 'error').mockReturnValue(undefined);
    await wakePulls({ ...env, ORIEL_SOURCE: 'kafka-rest+http://' });
    expect(console.error).toHaveBeenCalledTimes(1);
  });
});
