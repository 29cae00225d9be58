import { describe, expect, it } from 'vitest';
import { Rig } from './rig.ts';

const NOW = 1_000_000;

describe('claims', () => {
  it('T5: claims a wanted instant as soon as the clock has reached it, with the next offset', async () => {
    const rig = new Rig();
    rig.partition.append(3);
    await rig.start();
    rig.object.want(NOW + 5_000);
    await rig.time.advance(4_999);
    expect(rig.object.claims).toEqual([]);
    await rig.time.advance(1);
    expect(rig.object.claims).toEqual([{ at: NOW + 5_000, next: '3' }]);
  });

  it('T5: an instant that is near is not claimed before it has come', async () => {
    const rig = new Rig();
    rig.partition.append(1);
    await rig.start();
    rig.object.want(NOW + 20);
    await rig.time.advance(19);
    expect(rig.object.claims).toEqual([]);
    await rig.time.advance(1);
    expect(rig.object.claims).toEqual([{ at: NOW + 20, next: '1' }]);
  });

  it('T5: an instant that is past is claimed at once, with the clock', async () => {
    const rig = new Rig();
    rig.partition.append(1);
    await rig.start();
    rig.object.want(NOW - 60_000);
    await rig.time.settle();
    expect(rig.object.claims).toEqual([{ at: NOW, next: '1' }]);
  });

  it('T9: a clock that jumps past the wanted instant is seen, however long the sleep was to be', async () => {
    const rig = await new Rig().start();
    rig.object.want(NOW + 3_600_000);
    await rig.time.advance(60_000);
    rig.time.jump(7_200_000);
    await rig.time.advance(30_000);
    expect(rig.object.claims).toHaveLength(1);
    expect(rig.object.claims[0]?.at).toBeGreaterThan(NOW + 7_200_000);
  });

  it('P7: claims nothing that is not wanted', async () => {
    const rig = new Rig();
    rig.partition.append(3);
    await rig.start();
    await rig.time.advance(3_600_000);
    expect(rig.object.claims).toEqual([]);
  });

  it('T5: never claims before everything below the end is sent', async () => {
    const rig = new Rig();
    rig.partition.append(6);
    rig.object.next = '0';
    rig.object.hold = true;
    rig.object.credit = { records: 4, bytes: 100_000 };
    await rig.start();
    rig.object.want(NOW);
    await rig.time.advance(60_000 - 10_000);
    expect(rig.object.claims).toEqual([]);
    rig.object.ack();
    await rig.time.settle();
    // The clock of the claim is the one at which the end was asked for, not the one at which it was reached.
    expect(rig.object.claims).toEqual([{ at: NOW, next: '6' }]);
    expect(rig.object.log.slice(2, 5)).toEqual(['data 0 [0-3]', 'data 4 [4-5]', `claim ${NOW} next 6`]);
  });

  it('T5: what was written after the end was asked for need not be sent first', async () => {
    const rig = new Rig();
    rig.partition.append(2);
    rig.partition.heldEnds = [];
    const starting = rig.start();
    await rig.time.settle();
    // Before it is dialled, and before the hello.
    for (let i = 0; i < 2; i++) {
      for (const answer of rig.partition.heldEnds.splice(0)) answer();
      await rig.time.settle();
    }
    await starting;
    rig.object.hold = true;
    rig.object.want(NOW);
    await rig.time.settle();
    rig.object.credit = { records: 0, bytes: 0 };
    rig.object.ack('0');
    rig.partition.append(5);
    await rig.time.advance(3_000);
    for (const answer of rig.partition.heldEnds.splice(0)) answer();
    await rig.time.settle();
    expect(rig.object.claims).toEqual([{ at: NOW, next: '2' }]);
  });

  it('T5: a rewind takes the claim back until all is sent again', async () => {
    const rig = new Rig();
    rig.object.next = '0';
    rig.object.hold = true;
    rig.partition.append(4);
    await rig.start();
    rig.object.credit = { records: 0, bytes: 0 };
    rig.object.ack('0');
    await rig.time.settle();
    rig.object.say({ t: 'nack', expected: '0' });
    rig.object.want(NOW);
    await rig.time.settle();
    expect(rig.object.claims).toEqual([]);
    rig.object.credit = { records: 10, bytes: 10_000 };
    rig.object.ack('0');
    await rig.time.settle();
    expect(rig.object.claims).toEqual([{ at: NOW, next: '4' }]);
  });

  it('T5: an end without records at it is reached by reading, and the claim names the offset the object holds to be next', async () => {
    const rig = new Rig();
    rig.partition.append(3).skip(2);
    await rig.start();
    rig.object.want(NOW);
    await rig.time.settle();
    expect(rig.object.claims).toEqual([{ at: NOW, next: '3' }]);
  });

  it('T5: the least want is kept, and forgotten once claimed', async () => {
    const rig = await new Rig().start();
    rig.object.want(NOW + 9_000);
    rig.object.want(NOW + 2_000);
    rig.object.want(NOW + 5_000);
    await rig.time.advance(20_000);
    expect(rig.object.claims).toEqual([{ at: NOW + 2_000, next: '0' }]);
    expect(rig.session.stats().wanted).toBeNull();
    rig.object.want(NOW + 21_000);
    await rig.time.advance(1_000);
    expect(rig.object.claims.at(-1)).toEqual({ at: NOW + 21_000, next: '0' });
  });

  it('T5: a want of the socket before is forgotten; the object asks again after welcome', async () => {
    const rig = await new Rig().start();
    rig.object.want(NOW + 5_000);
    await rig.time.settle();
    expect(rig.session.stats().wanted).toBe(NOW + 5_000);
    rig.object.close(1006);
    await rig.time.advance(10_000);
    expect(rig.object.connections).toBe(2);
    expect(rig.object.claims).toEqual([]);
  });

  it('T5: where the clock of the object is behind, a claim that fell short is made again when that has come, not in a loop', async () => {
    const rig = new Rig();
    rig.object.skew = -700;
    rig.object.next = '0';
    rig.object.onClaim = ({ at }) => {
      if (at + rig.object.skew < NOW + 1_000) rig.object.want(NOW + 1_000);
    };
    await rig.start();
    rig.object.want(NOW + 1_000);
    await rig.time.advance(60_000);
    expect(rig.object.claims.map(({ at }) => at - NOW)).toEqual([1_000, 1_700]);
  });

  it('T5: where the clock of the object is ahead, the claim is the clock of the bridge', async () => {
    const rig = new Rig();
    rig.object.skew = 30_000;
    await rig.start();
    rig.object.want(NOW + 30_500);
    await rig.time.advance(30_500);
    expect(rig.object.claims).toEqual([{ at: NOW + 30_500, next: '0' }]);
  });

  it('T9: a want more than 2^31 ms ahead is claimed when it comes', async () => {
    const rig = new Rig();
    const far = 3_000_000_000;
    const sleep = rig.time.sleep.bind(rig.time);
    // Without pings, and looking at the clock a hundred times in all, so that a month of virtual time is a few wake-ups.
    rig.time.sleep = (ms, signal) => sleep(ms === 10_000 ? Number.POSITIVE_INFINITY : ms === 30_000 ? far / 100 : ms, signal);
    await rig.start();
    rig.object.want(NOW + far);
    await rig.time.advance(far - 1);
    expect(rig.object.claims).toEqual([]);
    await rig.time.advance(1);
    expect(rig.object.claims).toEqual([{ at: NOW + far, next: '0' }]);
  });
});

describe('claims of a replay', () => {
  it('T4: a replay claims once, at its end, unasked', async () => {
    const rig = new Rig('replay');
    rig.partition.append(150);
    await rig.start();
    expect(rig.object.log).toEqual(['open', 'hello', 'data 0 [0-99]', 'data 100 [100-149]', `claim ${NOW} next 150`]);
    await rig.time.advance(60_000);
    expect(rig.object.claims).toHaveLength(1);
  });

  it('T5: the claim in force is repeated after a reconnect, with the same instant', async () => {
    const rig = new Rig('replay');
    rig.partition.append(5);
    await rig.start();
    rig.object.close(1006);
    await rig.time.advance(5_000);
    expect(rig.object.log.slice(-3)).toEqual(['open', 'hello', `claim ${NOW} next 5`]);
  });

  it('T5: an object that lost records gets them before the claim', async () => {
    const rig = new Rig('replay');
    rig.partition.append(5);
    await rig.start();
    rig.object.close(1006);
    await rig.time.settle();
    rig.object.next = '3';
    await rig.time.advance(5_000);
    expect(rig.object.log.slice(-2)).toEqual(['data 3 [3-4]', `claim ${NOW + 250} next 5`]);
  });

  it('T5: windows that are open beyond the clock are claimed when it comes', async () => {
    const rig = new Rig('replay');
    rig.partition.append(1);
    await rig.start();
    rig.object.want(NOW + 7_000);
    await rig.time.advance(7_000);
    expect(rig.object.claims).toEqual([
      { at: NOW, next: '1' },
      { at: NOW + 7_000, next: '1' },
    ]);
    rig.object.close(1006);
    await rig.time.advance(1_000);
    expect(rig.object.claims.at(-1)).toEqual({ at: NOW + 7_000, next: '1' });
  });

  const done = { watermark: NOW, counts: { open: 0, waiting: 0 }, outbox: { depth: 0 } };

  it('T4: is done, exit 0, once all is taken and nothing is open, waiting or in the outbox', async () => {
    const rig = new Rig('replay');
    rig.partition.append(5);
    await rig.start();
    for (const notYet of [
      { ...done, next: '4' },
      { ...done, next: '5', counts: { open: 1, waiting: 0 } },
      { ...done, next: '5', counts: { open: 0, waiting: 1 } },
      { ...done, next: '5', outbox: { depth: 1 } },
    ]) {
      rig.standing = notYet;
      await rig.time.advance(2_000);
      expect(rig.end).toBeUndefined();
    }
    rig.standing = { ...done, next: '5' };
    await rig.time.advance(2_000);
    expect(rig.end).toEqual({ exit: 0 });
    expect(rig.object.log.at(-1)).toBe('ended 1000');
  });

  it('T4: an empty replay is done too', async () => {
    const rig = await new Rig('replay').start();
    rig.standing = { ...done, next: null };
    await rig.time.advance(1_000);
    expect(rig.end).toEqual({ exit: 0 });
  });

  it('T4: a bridge that takes no outcomes does not wait for the outbox', async () => {
    const rig = new Rig('replay', { sink: undefined });
    await rig.start();
    expect(rig.object.hello?.outcomes).toBe(false);
    rig.standing = { ...done, next: null, outbox: { depth: 9 } };
    await rig.time.advance(1_000);
    expect(rig.end).toEqual({ exit: 0 });
  });
});
