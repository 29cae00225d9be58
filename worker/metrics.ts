import about from '../package.json' with { type: 'json' };
import type { PartitionStatus } from './api.ts';
import type { ServedPartition } from './served.ts';

/** The media type of Prometheus' text format. */
export const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

type Labels = Readonly<Record<string, string>>;
type Sample = readonly [value: number | null, labels?: Labels];

interface Family {
  readonly name: string;
  readonly type: 'counter' | 'gauge';
  readonly help: string;
  /** The samples of one partition; a null value is left out. */
  readonly of: (status: PartitionStatus) => readonly Sample[];
}

const FAMILIES: readonly Family[] = [
  {
    name: 'oriel_records_total',
    type: 'counter',
    help: 'Records by how they ended; code says why they are late or rejected.',
    of: (status) => status.records.map(({ disposition, code, count }) => [count, { disposition, code }]),
  },
  {
    name: 'oriel_outcomes_total',
    type: 'counter',
    help: 'Outcomes by type and reason.',
    of: (status) => status.outcomes.map(({ type, reason, count }) => [count, { type, reason }]),
  },
  {
    name: 'oriel_missed_windows_total',
    type: 'counter',
    help: 'Windows that had closed before a record which other windows took (hopping, sliding).',
    of: (status) => [[status.missed]],
  },
  gauge('oriel_open_windows', 'Windows open now.', (status) => status.counts.open),
  gauge('oriel_waiting_records', 'Records that wait for the one that opens their window.', (status) => status.counts.waiting),
  gauge('oriel_held_windows', 'Open windows past their closing whose source is not known to be that far.', (status) => status.counts.held),
  gauge('oriel_oldest_hold_ms', 'How long the window held longest is past its closing; 0 where none is held.', (status) =>
    status.oldestHold === null ? 0 : Math.max(0, status.now - status.oldestHold),
  ),
  gauge('oriel_source_connected', 'Whether a source is connected; absent where ORIEL_TIME is not source.', ({ time, source }) =>
    time === 'source' ? Number(source.connected) : null,
  ),
  gauge(
    'oriel_partition_stalled',
    'Whether the partition does not move and tries again: a customer cannot be reached, or the number of partitions has changed.',
    ({ source }) => Number(source.stalled !== null),
  ),
  gauge(
    'oriel_source_lag_ms',
    'How far the watermark is behind the clock, also while nothing is due and no claim is wanted; absent until the first.',
    (status) => (status.watermark === null ? null : status.now - status.watermark),
  ),
  gauge('oriel_source_skew_ms', "The bridge's clock less the object's when it connected; absent until one did.", (status) => status.skewMs),
  gauge('oriel_outbox_depth', 'Outcomes that no sink has acknowledged.', (status) => status.outbox.depth),
  gauge('oriel_outbox_age_ms', 'Age of the oldest of those.', (status) => status.outbox.ageMs),
  gauge('oriel_alarm_lateness_ms', 'How late the last alarms and closings were.', (status) => status.alarmLatenessMs),
  gauge('oriel_parked_customers', 'Customers that do not answer and are gone past.', (status) => status.parked.customers),
  gauge('oriel_parked_records', 'Records that wait for those.', (status) => status.parked.records),
  gauge('oriel_dead_letters', 'Dead letters kept.', (status) => status.deadLetters),
];

/**
 * Prometheus text, format 0.0.4: each family once, with a sample for every partition that answered; `oriel_partition_up` names those that did not. The names are
 * part of the contract: `worker/operations` has a dashboard and alerts of them.
 */
export function metricsText(scraped: readonly ServedPartition[]): string {
  const up = scraped.map((one) => sampleLine('oriel_partition_up', one, one.status === null ? 0 : 1));
  const families = FAMILIES.map(({ name, type, help, of }) => {
    const lines = scraped.flatMap((one) =>
      one.status === null ? [] : of(one.status).flatMap(([value, labels]) => (value === null ? [] : [sampleLine(name, one, value, labels)])),
    );
    return familyText(name, type, help, lines);
  });
  return [
    familyText('oriel_build_info', 'gauge', 'Always 1; version says which release runs.', [
      `oriel_build_info{version="${escaped(about.version)}"} 1`,
    ]),
    familyText('oriel_partition_up', 'gauge', 'Whether the object of the partition answered.', up),
    ...families,
  ].join('');
}

function gauge(name: string, help: string, of: (status: PartitionStatus) => number | null): Family {
  return { name, type: 'gauge', help, of: (status) => [[of(status)]] };
}

function familyText(name: string, type: string, help: string, lines: readonly string[]): string {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines, ''].join('\n');
}

function sampleLine(name: string, { topic, partition }: ServedPartition, value: number, labels: Labels = {}): string {
  const all = Object.entries({ topic, partition: String(partition), ...labels }).map(([label, text]) => `${label}="${escaped(text)}"`);
  return `${name}{${all.join(',')}} ${value}`;
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
