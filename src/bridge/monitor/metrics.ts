import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { BridgeStats } from '../bridge.ts';
import type { PartitionStats } from '../served.ts';

interface Row {
  readonly name: string;
  readonly help: string;
  /** `now` in ms. */
  readonly of: (partition: PartitionStats, now: number) => number;
}

/** Over all sessions that a partition had here: a partition that went to another member and came back goes on counting. */
const COUNTERS: readonly Row[] = [
  { name: 'records_sent_total', help: 'Records sent, those sent again included.', of: ({ sent }) => sent },
  { name: 'records_acknowledged_total', help: 'Records that the object has durably.', of: ({ acknowledged }) => acknowledged },
  { name: 'rejected_total', help: 'Records that the object told to be dead letters.', of: ({ rejected }) => rejected },
  { name: 'outcomes_total', help: 'Outcomes settled by the sink.', of: ({ outcomes }) => outcomes },
  { name: 'claims_total', help: 'Claims of a watermark sent.', of: ({ claims }) => claims },
];

/** Of the partitions that are ours now. */
const GAUGES: readonly Row[] = [
  { name: 'lag_records', help: 'Offsets between what is acknowledged and the end of the log, as last known.', of: ({ lag }) => lag },
  { name: 'connected', help: 'Whether the object has welcomed this bridge and the socket stands.', of: ({ connected }) => Number(connected) },
  { name: 'wanted', help: 'Whether the object waits for a claim.', of: ({ wanted }) => Number(wanted !== null) },
  {
    name: 'wanted_age_seconds',
    help: 'How long the claim that is waited for is overdue, which is how long windows have been held; 0 where none is.',
    of: ({ wanted }, now) => (wanted === null ? 0 : Math.max(0, now - wanted) / 1_000),
  },
];

/** Everything that `/metrics` tells, by topic and partition, and of the Node process. `read` and `now` are asked at each scrape. */
export function metricsOf(read: () => BridgeStats, now: () => number): Registry {
  const registry = new Registry();
  const labelNames = ['topic', 'partition'] as const;
  const samples = ({ of }: Row, ours: boolean) =>
    read()
      .partitions.filter(({ assigned }) => assigned || !ours)
      .map((one) => ({ labels: { topic: one.topic, partition: String(one.partition) }, value: of(one, now()) }));
  for (const row of COUNTERS)
    new Counter({
      name: `oriel_bridge_${row.name}`,
      help: row.help,
      labelNames,
      registers: [registry],
      collect() {
        this.reset();
        for (const { labels, value } of samples(row, false)) this.inc(labels, value);
      },
    });
  for (const row of GAUGES)
    new Gauge({
      name: `oriel_bridge_${row.name}`,
      help: row.help,
      labelNames,
      registers: [registry],
      collect() {
        this.reset();
        for (const { labels, value } of samples(row, true)) this.set(labels, value);
      },
    });
  collectDefaultMetrics({ register: registry });
  return registry;
}
