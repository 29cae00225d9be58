import { describe, expect, it } from 'vitest';
import type { Position } from '../../../src/bridge/kafka/group.ts';
import { type StartOptions, startingOffset } from '../../../src/bridge/kafka/start.ts';

describe('where a partition starts whose object has no position', () => {
  it('P2: at the group’s, whatever ORIEL_FROM says', async () => {
    for (const from of ['committed', 'earliest', 'latest', 1] as const)
      expect(await start({ committed: [7n, 3n], partition: 1, from })).toMatchObject({ at: 3n, commits: [] });
  });

  it('as ORIEL_FROM says where the group has none, which becomes the group’s position at once', async () => {
    expect(await start({ from: 'earliest' })).toMatchObject({ at: 2n, commits: [{ topic: 't', partition: 0, offset: 2n }] });
    expect(await start({ from: 'latest' })).toMatchObject({ at: 9n, commits: [{ topic: 't', partition: 0, offset: 9n }] });
    expect(await start({ from: 1_000 })).toMatchObject({ at: 5n, commits: [{ topic: 't', partition: 0, offset: 5n }] });
  });

  it('P6: not at a position of the group that lies past the end: it is of another log', async () => {
    expect(await start({ committed: [10n, undefined], from: 'earliest' })).toMatchObject({ at: 2n, commits: [{ offset: 2n }] });
  });

  it('K1: at a position of the group that is the end: all was read', async () => {
    expect(await start({ committed: [9n, undefined], from: 'earliest' })).toMatchObject({ at: 9n, commits: [] });
  });

  it('is not guessed: without a choice, records in the topic make it an error that names the choice', async () => {
    await expect(start({ from: 'committed' })).rejects.toMatchObject({
      code: 'OPTION',
      retryable: false,
      message: expect.stringMatching(/about 11 records.*earliest, latest/s),
    });
  });

  it('at the start of an empty topic, where there is nothing to choose', async () => {
    const bounds = [
      { start: 4n, end: 4n },
      { start: 0n, end: 0n },
    ];
    expect(await start({ from: 'committed', bounds })).toMatchObject({ at: 4n, commits: [{ offset: 4n }] });
  });

  it('at the start of a topic that was empty when the bridge came, whatever has been written since', async () => {
    expect(await start({ from: 'committed', heldAtStart: 0n })).toMatchObject({ at: 2n, commits: [{ offset: 2n }] });
  });

  it('P6: at the start of a partition that was added to a topic in which the group has positions', async () => {
    expect(await start({ from: 'committed', committed: [7n, undefined], partition: 1 })).toMatchObject({ at: 0n });
  });
});

async function start({
  committed = [undefined, undefined],
  bounds = [
    { start: 2n, end: 9n },
    { start: 0n, end: 4n },
  ],
  partition = 0,
  heldAtStart = bounds.reduce((sum, { start, end }) => sum + end - start, 0n),
  from,
}: {
  committed?: readonly (bigint | undefined)[];
  bounds?: readonly { start: bigint; end: bigint }[];
  partition?: number;
  heldAtStart?: bigint;
  from: StartOptions['from'];
}) {
  const commits: Position[] = [];
  const at = await startingOffset({
    topic: 't',
    partition,
    partitions: bounds.length,
    group: 'g',
    from,
    positions: {
      committed: async () => committed,
      commit: async (positions) => {
        commits.push(...positions);
      },
    },
    heldAtStart,
    offsets: { start: async (_, i) => bounds[i]?.start ?? -1n, from: async () => 5n, end: async (_, i) => bounds[i]?.end ?? -1n },
    log: () => undefined,
  });
  return { at, commits };
}
