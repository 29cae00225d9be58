import { isDeepStrictEqual } from 'node:util';
import { partitionOf } from '../../../src/protocol/murmur2.ts';
import type { Outcome, System } from '../../support/system.ts';
import type { LogRecord } from '../broker/log.ts';
import type { Route } from '../route.ts';

/** What an outcomes topic tells, in the order of each partition, and what is wrong with its records, a line each. */
export interface ToldInTopic {
  readonly outcomes: readonly Outcome[];
  /** Records without what a consumer needs, or at the wrong partition. */
  readonly malformed: readonly string[];
  /** Outcomes of one key that stand before one that was told earlier; what comes again does not count. */
  readonly disordered: readonly string[];
  /** Outcomes that the outboxes have given out and the topic does not hold. */
  readonly untold: readonly string[];
}

/** What the outboxes have of an outcome, by id: the least `seq`, since a customer that does not know whether it was stored delivers it again. */
export type Places = ReadonlyMap<string, Pick<Outcome, 'seq' | 'timestamp'>>;

const HEADERS = ['id', 'type', 'revision', 'final'];

/** Reads the records of an outcomes topic back. */
export function toldIn(records: readonly LogRecord[], partitions: number, places: Places, { outcomeOf, isBare }: Route): ToldInTopic {
  const malformed: string[] = [];
  const outcomes = records.map((record) => {
    const { headers, key, id, type, ...told } = outcomeOf(record);
    const value = told.value as Outcome['value'];
    const { revision, final, closedBy } = headers;
    const place = places.get(id);
    const isWhole =
      HEADERS.every((name) => headers[name] !== undefined) &&
      (isBare || isDeepStrictEqual(JSON.parse(headers.explanation ?? '{}'), value.explanation)) &&
      place !== undefined &&
      key === value.customerId &&
      type === value.type &&
      partitionOf(key, partitions) === record.partition;
    if (!isWhole) malformed.push(`${record.partition}:${record.offset} ${key} ${JSON.stringify(headers)} ${JSON.stringify(value)}`);
    return {
      ...{
        id,
        type,
        key,
        value,
        timestamp: isBare ? (place?.timestamp ?? 0) : timestampOf(record.timestamp, value, closedBy),
        revision: Number(revision),
        final: final === 'true',
        seq: place?.seq ?? '0',
      },
      headers: { id, type, ...(closedBy === undefined ? {} : { closedBy }) },
    };
  });
  const ids = new Set(outcomes.map(({ id }) => id));
  return { outcomes, malformed, disordered: disorderIn(outcomes), untold: [...places.keys()].filter((id) => !ids.has(id)) };
}

/** The end of a reservation that was closed early is dated at its window's end; the record of it not later than it was written. */
function timestampOf(written: number, { type, window }: Outcome['value'], closedBy: string | undefined): number {
  if (type !== 'ReservationCancelled' || closedBy !== 'condition') return written;
  return Math.max(written, (window as { readonly end: number }).end);
}

export async function placesOf(system: System, topic: string, partitions: number): Promise<Places> {
  const places = new Map<string, Pick<Outcome, 'seq' | 'timestamp'>>();
  for (let partition = 0; partition < partitions; partition++) {
    for (let after: string | null = '0'; after !== null; ) {
      const page: { items: readonly Outcome[]; next: string | null } = await system.get(
        `/v1/outcomes/${topic}/${partition}?limit=1000&after=${after}`,
      );
      for (const { id, seq, timestamp } of page.items) if (!places.has(id)) places.set(id, { seq, timestamp });
      after = page.next;
    }
  }
  return places;
}

function disorderIn(outcomes: readonly Outcome[]): string[] {
  const disorder: string[] = [];
  const told = new Set<string>();
  const last = new Map<string, Outcome>();
  for (const outcome of outcomes) {
    if (told.has(outcome.id)) continue;
    told.add(outcome.id);
    const before = last.get(outcome.key);
    if (before !== undefined && BigInt(before.seq) > BigInt(outcome.seq))
      disorder.push(`${outcome.key}: ${outcome.id} (seq ${outcome.seq}) stands after ${before.id} (seq ${before.seq})`);
    last.set(outcome.key, outcome);
  }
  return disorder;
}
