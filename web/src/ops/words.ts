import { clockTime, instant, span } from '../moments.ts';
import { sourceWords, type Told, watermarkWords } from '../source-words.ts';
import type { Overview, ServedPartition, Status } from './api.ts';

const NONE: Told = { text: '–', tone: 'neutral' };

/** Where a partition and its source stand, in one line. */
export function partitionWords({ status }: ServedPartition): Told {
  if (status === null) return { text: 'does not answer: its stored state or the settings cannot be read, see the log of the Worker', tone: 'bad' };
  const told = sourceWords(status, status.now);
  return status.source.stalled === null ? told : { text: `stopped, tries again: ${status.source.stalled}`, tone: 'bad' };
}

export interface Fact extends Told {
  readonly term: string;
  /** What it means, for who does not know. */
  readonly about: string;
}

/** What there is to know of a partition, each with how good it is. */
export function factsOf(status: Status): readonly Fact[] {
  const { now, watermark, skewMs, outbox, alarmLatenessMs, counts, next, incarnation } = status;
  const behind = watermark === null ? NONE : { ...watermarkWords(status, now), text: span(Math.max(0, now - watermark)) };
  return [
    {
      term: 'Watermark',
      about: 'Everything earlier has been delivered',
      ...(watermark === null ? { text: 'none yet', tone: 'warning' as const } : { text: instant(watermark, now), tone: 'neutral' as const }),
    },
    { term: 'Lag', about: 'How far the watermark is behind the clock; it grows without harm while nothing is due', ...behind },
    { term: 'Clock skew', about: 'The clock of the bridge against the one here, when it connected', ...skewWords(skewMs) },
    { term: 'Open windows', about: 'Now', text: counts.open.toLocaleString('en'), tone: 'neutral' },
    { term: 'Held', about: 'Past their closing, and open because the source is not known to be that far', ...heldWords(status) },
    {
      term: 'Outbox',
      about: 'Outcomes that no sink has acknowledged',
      text: outbox.depth === 0 ? 'empty' : `${outbox.depth.toLocaleString('en')}, the oldest for ${span(outbox.ageMs)}`,
      tone: outbox.depth > 0 && outbox.ageMs > 60_000 && status.time !== 'clock' ? 'warning' : 'neutral',
    },
    ...(status.parked === undefined ? [] : [parkedFact(status.parked)]),
    {
      term: 'Alarm lateness',
      about: 'How late the last alarm rang',
      text: shortMs(alarmLatenessMs),
      tone: alarmLatenessMs > 30_000 ? 'warning' : 'neutral',
    },
    {
      term: 'Next offset',
      about: 'Of the log that this partition is fed from',
      text: next === null ? 'none ever came' : `${next} of log ${shortName(incarnation ?? '?')}`,
      tone: 'neutral',
    },
  ];
}

function skewWords(skewMs: number | null): Told {
  if (skewMs === null) return NONE;
  const way = skewMs === 0 ? '' : skewMs > 0 ? ' ahead' : ' behind';
  return { text: `${shortMs(Math.abs(skewMs))}${way}`, tone: Math.abs(skewMs) > 5_000 ? 'warning' : 'neutral' };
}

function heldWords({ counts, oldestHold, now }: Status): Told {
  if (counts.held === 0) return { text: 'none', tone: 'neutral' };
  const since = oldestHold === null ? '' : `, since ${clockTime(oldestHold)}, ${span(now - oldestHold)} ago`;
  return { text: `${counts.held.toLocaleString('en')}${since}`, tone: 'warning' };
}

function parkedFact({ customers, records }: NonNullable<Status['parked']>): Fact {
  const who = customers === 1 ? '1 customer' : `${customers.toLocaleString('en')} customers`;
  const told: Told =
    customers === 0 ? { text: 'none', tone: 'neutral' } : { text: `${who}, ${records.toLocaleString('en')} records`, tone: 'warning' };
  return { term: 'Parked', about: 'Customers that do not answer, and the records that wait for them', ...told };
}

/** A log is often named by a hash. */
function shortName(name: string): string {
  return name.length <= 20 ? name : `${name.slice(0, 12)}…`;
}

/** 8 → `8 ms`; from 10 s on as other spans. */
function shortMs(ms: number): string {
  return ms < 10_000 ? `${Math.round(ms).toLocaleString('en')}\u00a0ms` : span(ms);
}

/** A dead letter's source: `orders/0 at 17`, offsets that are gone, an outcome that the sink refused, or the id of a posted event. */
export function originWords(source: unknown): string {
  const { topic, partition, offset, from, to, outcome, id } = (typeof source === 'object' && source !== null ? source : {}) as Record<
    string,
    unknown
  >;
  if (topic !== undefined && offset !== undefined) return `${topic}/${partition} at ${offset}`;
  if (topic !== undefined && from !== undefined) return `${topic}/${partition} [${from}, ${to})`;
  if (outcome !== undefined) return `outcome ${outcome}`;
  if (id !== undefined) return `posted as ${id}`;
  return source === null || source === undefined ? '–' : JSON.stringify(source);
}

/** The release that runs, and whether this page is of the same. */
export function releaseWords({ version, topology }: Overview, own: string): Told {
  const text = `Oriel ${version}, topology ${topology.name} version ${topology.version}`;
  return version === own
    ? { text, tone: 'good' }
    : { text: `${text}; this page is of ${own}: load it again once the deployment is through`, tone: 'warning' };
}

/** Whether what is stored is what this release reads (D9). It opens each partition's when it asks it, each customer's when a record comes or a window closes. */
export function storedWords({ items }: Overview): Told {
  const silent = items.filter(({ status }) => status === null).length;
  const versions = items.filter(({ status }) => /\bversion \d+/.test(status?.source.stalled ?? '')).length;
  if (versions > 0)
    return { text: `stored state of another version in ${partitions(versions)}: deploy the release that wrote it, or a later one`, tone: 'bad' };
  if (silent > 0) return { text: `${partitions(silent)} cannot be read`, tone: 'bad' };
  return { text: `stored state matches in ${partitions(items.length)}`, tone: 'good' };
}

function partitions(count: number): string {
  return count === 1 ? '1 partition' : `${count.toLocaleString('en')} partitions`;
}
