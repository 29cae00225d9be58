import { expect } from 'vitest';
import { partitionOf } from '../../src/protocol/murmur2.ts';
import { allTold, CROWD, everyBehaviour, lateRequests, lateTold, of, TOLD, told } from '../support/behaviour.ts';
import type { KafkaOutcome } from './kafka-outcome.ts';
import type { KafkaSystem } from './kafka-system.ts';

/** Several systems may be at work side by side. */
const WAIT_MS = 60_000;

/** Has customers show every behaviour of a reservation (B1-B7, B9) in a system that reads, with windows of `windowMs`: the outcomes, once they are found to be the right ones, each at its place. `others`: what was told of others before. */
export async function everyOutcome(
  system: KafkaSystem,
  windowMs: number,
  others: Readonly<Record<string, readonly string[]>> = {},
): Promise<readonly KafkaOutcome[]> {
  const at = Date.now();
  await system.append(...everyBehaviour(at, windowMs));
  await system.untilOutcomes('what was due', (all) => allTold(all.filter(({ key }) => key in TOLD)), WAIT_MS);
  await system.append(...lateRequests(at));

  const outcomes = await system.untilOutcomes('the late requests', lateTold, WAIT_MS);
  expect(told(outcomes)).toEqual({ ...TOLD, ...others });

  expect(of(outcomes, 'bob')[0]?.value.window).toEqual({ start: at + 137, end: at + 137 + windowMs });
  expect(of(outcomes, 'ken')[0]?.value.window).toEqual({ start: at, end: at + windowMs });
  expect(new Set(outcomes.map(({ id }) => id)).size).toBe(outcomes.length);
  const partitions = await system.topics.partitions(system.sink);
  for (const { key, partition, headers, value, type } of outcomes) {
    expect(partition).toBe(partitionOf(key, partitions));
    expect(type).toBe(value.type);
    expect(headers).toMatchObject({ revision: '1', final: 'true' });
  }
  const closings = outcomes.filter(({ headers }) => headers.closedBy === 'watermark');
  expect(closings.length).toBeGreaterThan(CROWD.length);
  for (const { value } of closings) {
    const { closesAt, watermark, now } = value.explanation as { closesAt: number; watermark: number; now: number };
    expect(watermark).toBeGreaterThanOrEqual(closesAt);
    expect(now).toBeGreaterThanOrEqual(closesAt);
  }
  return outcomes;
}
