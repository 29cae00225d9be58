import { describe, expect, it } from 'vitest';
import about from '../../package.json' with { type: 'json' };
import type { PartitionStatus } from '../../worker/api.ts';
import { metricsText } from '../../worker/metrics.ts';
import { parsePrometheus } from '../support/prometheus.ts';
import { statusOf } from './world.ts';

const AT = { topic: 't', partition: '0' };

function parsed(change: Partial<PartitionStatus> = {}) {
  return parsePrometheus(metricsText([{ topic: 't', partition: 0, status: { ...statusOf('t', 0), ...change } }]));
}

/** The one value of a gauge; `undefined` where it is left out. */
function gaugeOf(name: string, change: Partial<PartitionStatus> = {}): number | undefined {
  return parsed(change).get(name)?.samples[0]?.value;
}

describe('the metrics text', () => {
  it('§6: has every family of the contract, each with its type and samples', () => {
    const shown = [...parsed()].map(([name, { type, samples }]) => [name, type, ...samples.map(({ labels, value }) => [labels, value])]);
    expect(shown).toEqual([
      ['oriel_build_info', 'gauge', [{ version: about.version }, 1]],
      ['oriel_partition_up', 'gauge', [AT, 1]],
      [
        'oriel_records_total',
        'counter',
        [{ ...AT, disposition: 'folded', code: '' }, 7],
        [{ ...AT, disposition: 'late', code: 'ALREADY_CLOSED' }, 2],
      ],
      ['oriel_outcomes_total', 'counter', [{ ...AT, type: 'ReservationCancelled', reason: 'PAYMENT_TIMED_OUT' }, 4]],
      ['oriel_missed_windows_total', 'counter', [AT, 6]],
      ['oriel_open_windows', 'gauge', [AT, 5]],
      ['oriel_waiting_records', 'gauge', [AT, 1]],
      ['oriel_held_windows', 'gauge', [AT, 2]],
      ['oriel_oldest_hold_ms', 'gauge', [AT, 5_000]],
      ['oriel_source_connected', 'gauge', [AT, 1]],
      ['oriel_partition_stalled', 'gauge', [AT, 0]],
      ['oriel_source_lag_ms', 'gauge', [AT, 250]],
      ['oriel_source_skew_ms', 'gauge', [AT, -12]],
      ['oriel_outbox_depth', 'gauge', [AT, 3]],
      ['oriel_outbox_age_ms', 'gauge', [AT, 900]],
      ['oriel_alarm_lateness_ms', 'gauge', [AT, 8]],
      ['oriel_parked_customers', 'gauge', [AT, 1]],
      ['oriel_parked_records', 'gauge', [AT, 2]],
      ['oriel_dead_letters', 'gauge', [AT, 1]],
    ]);
  });

  it('§6: keeps to the naming of Prometheus: counters end in _total, and nothing else does', () => {
    for (const [name, { type, help }] of parsed()) {
      expect([name, name.endsWith('_total')]).toEqual([name, type === 'counter']);
      expect(help).toMatch(/\.$/);
    }
  });

  it('§6: of a partition that does not answer it tells that alone', () => {
    const families = parsePrometheus(metricsText([{ topic: 't', partition: 1, status: null }]));
    const told = [...families].filter(([, { samples }]) => samples.length > 0).map(([name, { samples }]) => [name, samples[0]?.value]);
    expect(told).toEqual([
      ['oriel_build_info', 1],
      ['oriel_partition_up', 0],
    ]);
  });

  it('§6: leaves out what is not known yet, and says 0 where nothing is held', () => {
    expect(gaugeOf('oriel_source_lag_ms', { watermark: null })).toBeUndefined();
    expect(gaugeOf('oriel_source_skew_ms', { skewMs: null })).toBeUndefined();
    expect(gaugeOf('oriel_oldest_hold_ms', { oldestHold: null })).toBe(0);
  });

  it.each([
    ['source', true, 1],
    ['source', false, 0],
    ['clock', false, undefined],
    ['stream', true, undefined],
  ] as const)('T6: in %s mode, connected %s, the source counts as %s', (time, connected, value) => {
    expect(gaugeOf('oriel_source_connected', { time, source: { connected, want: null, stalled: null } })).toBe(value);
  });

  it('D2: tells a partition that has stopped', () => {
    expect(gaugeOf('oriel_partition_stalled', { source: { connected: true, want: null, stalled: 'c1 does not answer' } })).toBe(1);
  });

  it('§6: tells how many customers are parked, and how many records wait for them', () => {
    const parked = { parked: { customers: 2, records: 310 } };
    expect([gaugeOf('oriel_parked_customers', parked), gaugeOf('oriel_parked_records', parked)]).toEqual([2, 310]);
  });

  it('§6: escapes what stands in a label', () => {
    const type = 'a"b\\c\nd\\n';
    expect(parsed({ outcomes: [{ type, reason: '', count: 1 }] }).get('oriel_outcomes_total')?.samples).toEqual([
      { labels: { ...AT, type, reason: '' }, value: 1 },
    ]);
  });
});

describe('the reader of these tests', () => {
  const HEAD = '# HELP a Help.\n# TYPE a gauge\n';

  it.each([
    ['a sample of no family', 'a 1\n'],
    ['one of another', `${HEAD}b 1\n`],
    ['a type without help', '# TYPE a gauge\n'],
    ['the same sample twice', `${HEAD}a{x="1"} 1\na{x="1"} 2\n`],
    ['a family twice', `${HEAD}${HEAD}`],
    ['a quote that is not escaped', `${HEAD}a{x="1"2"} 1\n`],
    ['no number', `${HEAD}a{x="1"} one\n`],
    ['a last line without end', `${HEAD}a 1`],
  ])('§6: refuses %s', (_, text) => {
    expect(() => parsePrometheus(text)).toThrow();
  });
});
