import { describe, expect, it } from 'vitest';
import { assignBySubscription } from '../../../src/bridge/kafka/assignment.ts';

function assigned(members: Readonly<Record<string, readonly string[]>>, counts: Readonly<Record<string, number>>): Record<string, string[]> {
  const given = assignBySubscription('a', new Map(Object.entries(members).map(([id, topics]) => [id, { topics }])), new Set(members.a), {
    topics: new Map(Object.entries(counts).map(([topic, partitionsCount]) => [topic, { partitionsCount }])),
  });
  return Object.fromEntries(
    given.map(({ memberId, assignments }) => [
      memberId,
      [...assignments.values()].flatMap(({ topic, partitions }) => partitions.map((partition) => `${topic}/${partition}`)),
    ]),
  );
}

describe('who reads what in a group', () => {
  it('K4: members of one topic share its partitions, in turn', () => {
    expect(assigned({ a: ['x'], b: ['x'] }, { x: 5 })).toEqual({ a: ['x/0', 'x/2', 'x/4'], b: ['x/1', 'x/3'] });
    expect(assigned({ a: ['x'], b: ['x'], c: ['x'] }, { x: 2 })).toEqual({ a: ['x/0'], b: ['x/1'], c: [] });
  });

  it('K4: of a group whose members read different topics each gets partitions of its own topics alone, and every partition has one reader', () => {
    expect(assigned({ a: ['x'], b: ['y'] }, { x: 2, y: 3 })).toEqual({ a: ['x/0', 'x/1'], b: ['y/0', 'y/1', 'y/2'] });
    expect(assigned({ a: ['x'], b: ['x', 'y'] }, { x: 2, y: 2 })).toEqual({ a: ['x/0'], b: ['x/1', 'y/0', 'y/1'] });
  });

  it('K4: several topics go on in turn, so that no member gets the first partition of each', () => {
    expect(assigned({ a: ['x', 'y'], b: ['x', 'y'] }, { x: 1, y: 1 })).toEqual({ a: ['x/0'], b: ['y/0'] });
  });
});
