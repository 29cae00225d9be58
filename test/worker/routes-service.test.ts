import { describe, expect, it } from 'vitest';
import about from '../../package.json' with { type: 'json' };
import { METRICS_TYPE } from '../../worker/metrics.ts';
import { VIEW, world } from './world.ts';

describe('GET /healthz', () => {
  it('§6: says the version and wakes nobody', async () => {
    const { ask, woken } = world();
    const response = await ask('/healthz');
    expect([response.status, await response.json(), woken]).toEqual([200, { status: 'ok', version: about.version }, []]);
  });
});

describe('GET /metrics', () => {
  it('§6: is Prometheus text of every served partition', async () => {
    const { ask, woken } = world({ ORIEL_TOPIC: 'a,b', ORIEL_PARTITIONS: '40' });
    const response = await ask('/metrics', { token: VIEW });
    expect(response.headers.get('Content-Type')).toBe(METRICS_TYPE);
    const text = await response.text();
    expect(text.match(/^oriel_open_windows\{.*\} 5$/gm)).toHaveLength(80);
    expect(woken.sort()).toEqual(['a', 'b'].flatMap((topic) => Array.from({ length: 40 }, (_, i) => `partition ${topic}/${i} status`)).sort());
  });

  it('§6: a partition that does not answer hides no other', async () => {
    const { ask } = world(
      { ORIEL_PARTITIONS: '2' },
      { partition: (name) => (name.endsWith('/1') ? { status: () => Promise.reject(new Error('lost')) } : {}) },
    );
    const text = await (await ask('/metrics', { token: VIEW })).text();
    expect(text).toContain(
      'oriel_partition_up{topic="customer-events",partition="0"} 1\noriel_partition_up{topic="customer-events",partition="1"} 0\n',
    );
    expect(text).toContain('oriel_outbox_depth{topic="customer-events",partition="0"} 3\n');
    expect(text).not.toContain('oriel_outbox_depth{topic="customer-events",partition="1"}');
  });
});
