import { partitionOf } from '../../src/protocol/murmur2.ts';
import type { Outcome } from '../support/system.ts';
import { lineOf } from './book.ts';

/** What is wrong with the outcomes, a line each; all empty where nothing is. */
export interface Verdict {
  /** Expected, and told by none. */
  readonly lost: readonly string[];
  /** Of those, the reservations that nobody told of. */
  readonly missed: readonly string[];
  /** Told, and not expected. */
  readonly false: readonly string[];
  /** Closed by a watermark or a clock that was not there yet. */
  readonly early: readonly string[];
  /** One id with two contents, or one content with two ids. */
  readonly unequal: readonly string[];
  /** Places of an outbox that hold two outcomes, or none (D6). */
  readonly misplaced: readonly string[];
  /** Outcomes by id, and how often one came again. */
  readonly outcomes: number;
  readonly duplicates: number;
}

/** Holds all that the sinks have stored against what must be told. */
export function judge(stored: readonly Outcome[], expected: readonly string[], partitions: number): Verdict {
  const told = new Map<string, string>();
  const unequal: string[] = [];
  for (const outcome of stored) {
    const line = lineOf(outcome);
    const known = told.get(outcome.id);
    if (known !== undefined && known !== line) unequal.push(`${outcome.id}: ${known} / ${line}`);
    told.set(outcome.id, line);
    if (outcome.revision !== 1 || !outcome.final) unequal.push(`${outcome.id}: revision ${outcome.revision}, final ${outcome.final}`);
  }
  const lines = new Set(told.values());
  if (lines.size < told.size) unequal.push(`${told.size} ids, ${lines.size} contents`);
  const wanted = new Set(expected);
  const lost = [...wanted].filter((line) => !lines.has(line));
  return {
    lost,
    missed: lost.filter((line) => line.includes('PAYMENT_TIMED_OUT')),
    false: [...lines].filter((line) => !wanted.has(line)),
    early: stored.filter(isEarly).map((outcome) => JSON.stringify(outcome)),
    unequal,
    misplaced: misplaced(stored, partitions),
    outcomes: told.size,
    duplicates: stored.length - told.size,
  };
}

/** T1. */
function isEarly({ headers, value }: Outcome): boolean {
  if (headers.closedBy !== 'watermark') return headers.closedBy !== undefined && headers.closedBy !== 'condition';
  const { closesAt, watermark, now } = value.explanation as { closesAt: number; watermark: number | null; now: number };
  return watermark === null || watermark < closesAt || now < closesAt;
}

/** The outboxes count from 1 without gaps, each for its partition. */
function misplaced(stored: readonly Outcome[], partitions: number): string[] {
  const places = Array.from({ length: partitions }, () => new Map<number, string>());
  const wrong: string[] = [];
  for (const { key, seq, id } of stored) {
    const partition = partitionOf(key, partitions);
    const known = places[partition]?.get(Number(seq));
    if (known !== undefined && known !== id) wrong.push(`${partition}:${seq} holds ${known} and ${id}`);
    places[partition]?.set(Number(seq), id);
  }
  places.forEach((ids, partition) => {
    for (let seq = 1; seq <= Math.max(...ids.keys()); seq++) if (!ids.has(seq)) wrong.push(`${partition}:${seq} holds none`);
  });
  return wrong;
}
