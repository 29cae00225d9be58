import { describe, expect, it } from 'vitest';
import about from '../../package.json' with { type: 'json' };
import { METRICS_TYPE, metricsText } from '../../worker/metrics.ts';
import { statusOf, VIEW, world } from './world.ts';

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

describe('the metrics text', () => {
  it('§6: has each family with its help, type and samples', () => {
    expect(
      metricsText([{ topic: 't', partition: 0, status: statusOf('t', 0) }]),
    ).toBe(`# HELP oriel_partition_up Whether the object of the partition answered.
# TYPE oriel_partition_up gauge
oriel_partition_up{topic="t",partition="0"} 1
# HELP oriel_records_total Records by how they ended; code says why they are late or rejected.
# TYPE oriel_records_total counter
oriel_records_total{topic="t",partition="0",disposition="folded",code=""} 7
oriel_records_total{topic="t",partition="0",disposition="late",code="ALREADY_CLOSED"} 2
# HELP oriel_outcomes_total Outcomes by type and reason.
# TYPE oriel_outcomes_total counter
oriel_outcomes_total{topic="t",partition="0",type="ReservationCancelled",reason="PAYMENT_TIMED_OUT"} 4
# HELP oriel_open_windows Windows open now.
# TYPE oriel_open_windows gauge
oriel_open_windows{topic="t",partition="0"} 5
# HELP oriel_held_windows Open windows past their closing whose source is not known to be that far.
# TYPE oriel_held_windows gauge
oriel_held_windows{topic="t",partition="0"} 2
# HELP oriel_oldest_hold_ms How long the window held longest is past its closing; 0 where none is held.
# TYPE oriel_oldest_hold_ms gauge
oriel_oldest_hold_ms{topic="t",partition="0"} 5000
# HELP oriel_source_lag_ms How far the watermark is behind the clock; absent until the first claim.
# TYPE oriel_source_lag_ms gauge
oriel_source_lag_ms{topic="t",partition="0"} 250
# HELP oriel_source_skew_ms The bridge's clock less the object's when it connected; absent until one did.
# TYPE oriel_source_skew_ms gauge
oriel_source_skew_ms{topic="t",partition="0"} -12
# HELP oriel_outbox_depth Outcomes that no sink has acknowledged.
# TYPE oriel_outbox_depth gauge
oriel_outbox_depth{topic="t",partition="0"} 3
# HELP oriel_outbox_age_ms Age of the oldest of those.
# TYPE oriel_outbox_age_ms gauge
oriel_outbox_age_ms{topic="t",partition="0"} 900
# HELP oriel_alarm_lateness_ms How late the last alarms and closings were.
# TYPE oriel_alarm_lateness_ms gauge
oriel_alarm_lateness_ms{topic="t",partition="0"} 8
# HELP oriel_dead_letters Dead letters kept.
# TYPE oriel_dead_letters gauge
oriel_dead_letters{topic="t",partition="0"} 1
`);
  });

  it('§6: leaves out what is not known yet, and says 0 where nothing is held', () => {
    const text = metricsText([{ topic: 't', partition: 0, status: { ...statusOf('t', 0), watermark: null, skewMs: null, oldestHold: null } }]);
    expect(text).not.toMatch(/^oriel_source_(?:lag|skew)_ms\{/m);
    expect(text).toContain('oriel_oldest_hold_ms{topic="t",partition="0"} 0\n');
  });

  it('§6: escapes what stands in a label', () => {
    const outcomes = [{ type: 'a"b\\c\nd', reason: '', count: 1 }];
    const text = metricsText([{ topic: 't', partition: 0, status: { ...statusOf('t', 0), outcomes } }]);
    expect(text).toContain('oriel_outcomes_total{topic="t",partition="0",type="a\\"b\\\\c\\nd",reason=""} 1\n');
  });
});
