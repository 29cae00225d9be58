import { describe, expect, it } from 'vitest';
import { Commits } from '../../../src/bridge/kafka/commits.ts';
import type { Position } from '../../../src/bridge/kafka/group.ts';
import { VirtualTime } from '../virtual-time.ts';

describe('committing to the group', () => {
  it('P2: at most once a second, the newest offset of each partition that moved', async () => {
    const { commits, time, committed } = running();
    commits.moved({ topic: 't', partition: 0, offset: 1n });
    commits.moved({ topic: 't', partition: 0, offset: 2n });
    commits.moved({ topic: 't', partition: 1, offset: 5n });
    await time.advance(999);
    expect(committed).toEqual([]);
    await time.advance(1);
    expect(committed).toEqual([['0:2', '1:5']]);
    await time.advance(5_000);
    expect(committed).toHaveLength(1);
  });

  it('P2: what could not be committed is tried again, unless there is newer by then; it is told once', async () => {
    const { commits, time, committed, state, lines } = running();
    state.failing = true;
    commits.moved({ topic: 't', partition: 0, offset: 1n });
    commits.moved({ topic: 't', partition: 1, offset: 1n });
    await time.advance(3_000);
    commits.moved({ topic: 't', partition: 0, offset: 4n });
    state.failing = false;
    await time.advance(1_000);
    expect(committed).toEqual([['0:4', '1:1']]);
    expect(lines.filter((line) => line.includes('no coordinator'))).toHaveLength(1);
  });

  it('K3: an offset of a topic that was made anew while it was committed is not tried again', async () => {
    const { commits, time, committed, state } = running();
    commits.moved({ topic: 't', partition: 0, offset: 1n });
    state.failing = true;
    state.whileOut = () => commits.forget('t');
    await time.advance(1_000);
    state.failing = false;
    await time.advance(5_000);
    expect(committed).toEqual([]);
    commits.moved({ topic: 't', partition: 0, offset: 0n });
    await time.advance(1_000);
    expect(committed).toEqual([['0:0']]);
  });

  it('P5: an offset of a partition that is another’s by now is not committed', async () => {
    const { commits, time, committed, state } = running();
    commits.moved({ topic: 't', partition: 0, offset: 1n });
    commits.moved({ topic: 't', partition: 1, offset: 1n });
    state.ours = [1];
    await time.advance(1_000);
    expect(committed).toEqual([['1:1']]);
  });

  it('P2: what moves while a commit is out is committed by the next, also where that one fails', async () => {
    const { commits, time, committed, state } = running();
    for (const fails of [false, true]) {
      committed.length = 0;
      let answer = () => {};
      state.held = new Promise((resolve) => {
        answer = resolve;
      });
      commits.moved({ topic: 't', partition: 0, offset: 1n });
      await time.advance(1_000);
      commits.moved({ topic: 't', partition: 0, offset: 2n });
      state.failing = fails;
      answer();
      await time.settle();
      Object.assign(state, { held: undefined, failing: false });
      await time.advance(1_000);
      expect(committed).toEqual(fails ? [['0:2']] : [['0:1'], ['0:2']]);
    }
  });

  it('K3, P2: nothing of a topic that was made anew, all of the others', async () => {
    const { commits, time, committed } = running();
    commits.moved({ topic: 'anew', partition: 0, offset: 8n });
    commits.moved({ topic: 't', partition: 0, offset: 3n });
    commits.moved({ topic: 'other', partition: 1, offset: 4n });
    commits.forget('anew');
    await time.advance(1_000);
    expect(committed).toEqual([['0:3', '1:4']]);
  });

  it('P2: partitions of the same number in two topics each have their own', async () => {
    const { commits, time, committed } = running();
    commits.moved({ topic: 't', partition: 0, offset: 3n });
    commits.moved({ topic: 'other', partition: 0, offset: 4n });
    await time.advance(1_000);
    expect(committed).toEqual([['0:3', '0:4']]);
  });
});

function running() {
  const time = new VirtualTime();
  const committed: string[][] = [];
  const lines: string[] = [];
  const state: { failing: boolean; ours: number[]; held: Promise<void> | undefined; whileOut: () => void } = {
    failing: false,
    ours: [0, 1],
    held: undefined,
    whileOut: () => undefined,
  };
  const commits = new Commits({
    commit: async (positions: readonly Position[]) => {
      await state.held;
      state.whileOut();
      if (state.failing) throw new Error('no coordinator');
      committed.push(positions.map(({ partition, offset }) => `${partition}:${offset}`).sort());
    },
    isOurs: (_, partition) => state.ours.includes(partition),
    time,
    log: (line) => lines.push(line),
  });
  void commits.run();
  return { commits, time, committed, state, lines };
}
