import { describe, expect, it } from 'vitest';
import { Rig } from './rig.ts';

describe('a partition that a group shares', () => {
  it('P5: comes again with the newer generation where the one that was refused is no longer the group’s', async () => {
    const rig = new Rig();
    rig.partition.isCurrent = async () => {
      rig.partition.generation = 8;
      return false;
    };
    await rig.start();
    supersede(rig);
    await rig.time.advance(60_000);
    expect(rig.end).toBeUndefined();
    expect(rig.object.connections).toBe(2);
    expect(rig.object.hello?.generation).toBe(8);
  });

  it('P5: ends quietly where it was given to another', async () => {
    const rig = new Rig();
    rig.partition.isCurrent = async () => {
      rig.partition.revoke();
      throw new Error('revoked');
    };
    await rig.start();
    supersede(rig);
    await rig.time.advance(60_000);
    expect(rig.end).toEqual({ exit: 0 });
    expect(rig.object.connections).toBe(1);
  });

  it('P5: asks about the generation that was refused, though the group has given another since', async () => {
    const rig = new Rig();
    const asked: number[] = [];
    rig.partition.isCurrent = async (generation) => {
      asked.push(generation);
      return false;
    };
    await rig.start();
    rig.partition.generation = 8;
    supersede(rig);
    await rig.time.advance(60_000);
    expect(asked).toEqual([7]);
    expect(rig.object.hello?.generation).toBe(8);
  });

  it('K4: does nothing where it was given to another before it began', async () => {
    const rig = new Rig();
    rig.partition.revoke();
    await rig.start();
    expect([rig.end, rig.network.dialled]).toEqual([{ exit: 0 }, []]);
  });

  it('P5: comes again once where its generation is the group’s all the same, as after a reset', async () => {
    const rig = new Rig();
    rig.partition.isCurrent = async () => true;
    await rig.start();
    supersede(rig);
    await rig.time.advance(1_000);
    expect(rig.object.connections).toBe(2);
    await rig.time.advance(60_000);
    expect(rig.end).toBeUndefined();
  });

  it('P5: comes again after a second refusal too where the group has given another generation by then', async () => {
    const rig = new Rig();
    const answers = [true, false];
    rig.partition.isCurrent = async () => answers.shift() ?? true;
    await rig.start();
    for (const connections of [2, 3]) {
      supersede(rig);
      await rig.time.advance(60_000);
      expect([rig.object.connections, rig.end]).toEqual([connections, undefined]);
    }
  });

  it('P5: a refusal counts no more once the object has taken records again', async () => {
    const rig = new Rig();
    rig.partition.isCurrent = async () => true;
    await rig.start();
    for (const connections of [2, 3]) {
      supersede(rig);
      await rig.time.advance(1_000);
      rig.partition.append(1);
      await rig.time.settle();
      expect([rig.object.connections, rig.end]).toEqual([connections, undefined]);
    }
  });

  it('P5: stops with exit 4 where it is refused again in the group’s own generation, and names the reset', async () => {
    const rig = new Rig();
    rig.partition.isCurrent = async () => true;
    rig.object.refusal = { code: 'SUPERSEDED', message: 'generation 9; yours is 7', close: 4409 };
    await rig.start();
    await rig.time.advance(60_000);
    expect(rig.object.connections).toBe(2);
    expect(rig.end?.exit).toBe(4);
    expect(rig.end?.say).toMatch(
      /generation 9; yours is 7.*group that was deleted.*POST http:\/\/127\.0\.0\.1:8787\/v1\/sources\/customer-events\/0\/reset/,
    );
  });
});

describe('a log that an object takes for a shorter one', () => {
  const standing = { watermark: null, counts: { open: 1, waiting: 0 }, outbox: { depth: 0 } };
  const refused = async (given: { next: string; incarnation: string }) => {
    const rig = new Rig();
    rig.partition.append(5);
    rig.standing = { ...standing, ...given };
    rig.object.refusal = { code: 'INCARNATION', message: 'The log ends at 2, before 4.', close: 4403 };
    await rig.start();
    rig.object.refusal = undefined;
    rig.object.next = given.next;
    await rig.time.advance(1_000);
    return rig;
  };

  it('P6: is told its end again where another bridge had only fed the object further meanwhile', async () => {
    const rig = await refused({ next: '4', incarnation: 'log-1' });
    expect(rig.end).toBeUndefined();
    expect(rig.object.connections).toBe(2);
    expect(rig.object.hello?.end).toBe('5');
  });

  it.each([
    { next: '6', incarnation: 'log-1' },
    { next: '4', incarnation: 'log-2' },
  ])('P6: ends the bridge where it is shorter, or another: %j', async (given) => {
    const rig = await refused(given);
    expect(rig.end?.exit).toBe(3);
    expect(rig.object.connections).toBe(1);
  });
});

describe('a log that cannot be reached', () => {
  it('is waited for before anything is dialled', async () => {
    const rig = new Rig();
    rig.partition.heldPrepares = [];
    await rig.start();
    await rig.time.advance(120_000);
    expect(rig.network.dialled).toEqual([]);
    for (const letGo of rig.partition.heldPrepares) letGo();
    rig.partition.heldPrepares = undefined;
    await rig.time.settle();
    expect(rig.object.connections).toBe(1);
  });

  it('does not keep a bridge from stopping', async () => {
    const rig = new Rig();
    rig.partition.heldPrepares = [];
    await rig.start();
    await rig.session.stop();
    await rig.time.settle();
    expect(rig.end).toEqual({ exit: 0 });
    expect(rig.network.dialled).toEqual([]);
  });
});

function supersede(rig: Rig): void {
  rig.object.say({ t: 'error', code: 'SUPERSEDED', message: 'another generation' });
  rig.object.close(4409);
}
