import { describe, expect, it } from 'vitest';
import { OrielError } from '../../src/core/errors.ts';
import type { ObjectFrame } from '../../src/protocol/frames.ts';
import { outcome } from './fake-object.ts';
import { Rig } from './rig.ts';

const acks = (rig: Rig) => rig.object.log.filter((line) => line.startsWith('outcome'));

describe('outcomes', () => {
  it('D6: are given to the sink in seq order and acknowledged after it has stored them', async () => {
    const rig = await new Rig().start();
    rig.sink.held = [];
    rig.object.emit(outcome(1), outcome(2), outcome(3));
    await rig.time.settle();
    expect(acks(rig)).toEqual([]);
    for (const go of rig.sink.held.splice(0)) go();
    await rig.time.settle();
    for (const go of rig.sink.held.splice(0)) go();
    await rig.time.settle();
    expect(rig.sink.stored).toEqual(['outcome-1', 'outcome-2', 'outcome-3']);
    expect(acks(rig).at(-1)).toBe('outcomeAck 3');
    expect(rig.object.violations).toEqual([]);
    expect(rig.session.stats().outcomes).toBe(3);
  });

  it('D6: what was stored in this process is only acknowledged again when it is resent', async () => {
    const rig = await new Rig().start();
    rig.object.emit(outcome(1), outcome(2));
    await rig.time.settle();
    // The acks were lost: the object sends both again after a reconnect.
    rig.object.outcomeSeq = 0n;
    rig.object.outbox = [outcome(1), outcome(2)];
    rig.object.close(1006);
    await rig.time.advance(1_000);
    expect(rig.sink.stored).toEqual(['outcome-1', 'outcome-2']);
    expect(acks(rig).slice(-2)).toEqual(['outcomeAck 1', 'outcomeAck 2']);
    expect(rig.object.violations).toEqual([]);
  });

  it('D6: an object that wakes resends on the same socket, and nothing is stored twice', async () => {
    const rig = await new Rig().start();
    rig.sink.held = [];
    rig.object.emit(outcome(1), outcome(2));
    await rig.time.settle();
    rig.object.resend();
    await rig.time.settle();
    const held = rig.sink.held;
    rig.sink.held = undefined;
    for (const go of held) go();
    await rig.time.settle();
    expect(rig.sink.stored).toEqual(['outcome-1', 'outcome-2']);
    expect(acks(rig).at(-1)).toBe('outcomeAck 2');
  });

  it('P3: what was stored while the socket was away is acknowledged on the next one only as far as that has brought it', async () => {
    const rig = await new Rig().start();
    rig.sink.held = [];
    rig.object.emit(outcome(1), outcome(2));
    await rig.time.settle();
    rig.object.close(1006);
    const held = rig.sink.held;
    rig.sink.held = undefined;
    for (const go of held) go();
    await rig.time.advance(2_000);
    expect(rig.sink.stored).toEqual(['outcome-1', 'outcome-2']);
    expect(acks(rig)).toEqual(['outcomeAck 1', 'outcomeAck 2']);
    expect(rig.object.violations).toEqual([]);
  });

  it('P3: what is stored after a new welcome and before its outcome came on that socket is not acknowledged yet', async () => {
    const rig = await new Rig().start();
    rig.sink.held = [];
    rig.object.emit(outcome(1), outcome(2));
    await rig.time.settle();
    const { outbox } = rig.object;
    rig.object.outbox = [];
    rig.object.close(1006);
    await rig.time.advance(1_000);
    expect(rig.object.connected).toBe(true);
    const held = rig.sink.held;
    rig.sink.held = undefined;
    for (const go of held) go();
    await rig.time.settle();
    expect(acks(rig)).toEqual([]);
    rig.object.outbox = outbox;
    rig.object.resend();
    await rig.time.settle();
    expect(acks(rig)).toEqual(['outcomeAck 1', 'outcomeAck 2']);
    expect(rig.object.violations).toEqual([]);
  });

  it('D6: what is resent while it is queued behind a delivery is stored once', async () => {
    const rig = await new Rig().start();
    rig.sink.held = [];
    rig.object.emit(outcome(1));
    await rig.time.settle();
    rig.object.emit(outcome(2));
    rig.object.resend();
    await rig.time.settle();
    const held = rig.sink.held;
    rig.sink.held = undefined;
    for (const go of held) go();
    await rig.time.settle();
    expect(rig.sink.stored).toEqual(['outcome-1', 'outcome-2']);
  });

  it('P1: outcomes that the object had acknowledged elsewhere are not expected again', async () => {
    const rig = new Rig();
    rig.object.outcomeSeq = 41n;
    await rig.start();
    rig.object.emit(outcome(42));
    await rig.time.settle();
    expect(rig.sink.stored).toEqual(['outcome-42']);
    expect(acks(rig)).toEqual(['outcomeAck 42']);
  });

  it('D6: one that the sink refuses for good becomes outcomeReject, in its place', async () => {
    const rig = await new Rig().start();
    rig.sink.held = [];
    rig.sink.answer = ({ seq }) => (seq === '2' || seq === '3' ? { stored: false, code: 'TOO_LARGE', message: 'over 1 MiB' } : { stored: true });
    rig.object.emit(outcome(1));
    await rig.time.settle();
    rig.object.emit(outcome(2), outcome(3), outcome(4));
    const held = rig.sink.held;
    rig.sink.held = undefined;
    for (const go of held) go();
    await rig.time.settle();
    expect(acks(rig)).toEqual([
      'outcomeAck 1',
      'outcomeAck 1',
      'outcomeReject 2 TOO_LARGE',
      'outcomeAck 2',
      'outcomeReject 3 TOO_LARGE',
      'outcomeAck 4',
    ]);
    expect(rig.lines.filter((line) => line.startsWith('The sink refused'))).toHaveLength(2);
  });

  it('D6: a refusal whose frame was lost is told again when the outcome is resent', async () => {
    const rig = await new Rig().start();
    rig.sink.answer = () => ({ stored: false, code: 'TOO_LARGE', message: 'over 1 MiB' });
    rig.object.emit(outcome(1));
    await rig.time.settle();
    rig.object.outcomeSeq = 0n;
    rig.object.outbox = [outcome(1)];
    rig.object.close(1006);
    await rig.time.advance(1_000);
    expect(rig.object.rejects).toEqual([
      { seq: '1', code: 'TOO_LARGE' },
      { seq: '1', code: 'TOO_LARGE' },
    ]);
  });

  it('P3: one that is refused after a new welcome and before it came on that socket is told when it comes', async () => {
    const rig = await new Rig().start();
    rig.sink.answer = () => ({ stored: false, code: 'TOO_LARGE', message: 'too large' });
    rig.sink.held = [];
    rig.object.emit(outcome(1));
    await rig.time.settle();
    rig.object.outbox = [];
    rig.object.close(1006);
    await rig.time.advance(1_000);
    const held = rig.sink.held;
    rig.sink.held = undefined;
    for (const go of held) go();
    await rig.time.settle();
    expect(rig.object.rejects).toEqual([]);
    rig.object.outbox = [outcome(1)];
    rig.object.resend();
    await rig.time.settle();
    expect(rig.object.rejects).toEqual([{ seq: '1', code: 'TOO_LARGE' }]);
  });

  it('D6: a sink that fails is tried again with the same outcomes, and nothing is acknowledged meanwhile', async () => {
    const rig = await new Rig().start();
    rig.sink.failures = [new Error('disk full'), new OrielError('UNAVAILABLE', 'still full', { retryable: true })];
    rig.object.emit(outcome(1), outcome(2));
    await rig.time.settle();
    expect(acks(rig)).toEqual([]);
    await rig.time.advance(1_000);
    expect(rig.sink.stored).toEqual(['outcome-1', 'outcome-2']);
    expect(rig.lines).toContain('The sink failed and is tried again: disk full');
  });

  it('K5: a failure of the sink is told once, however often it is tried again', async () => {
    const rig = await new Rig().start();
    rig.sink.failures = ['no broker', 'no broker', 'no broker', 'other'].map((why) => new OrielError('UNAVAILABLE', why, { retryable: true }));
    rig.object.emit(outcome(1));
    await rig.time.advance(60_000);
    expect(rig.sink.stored).toEqual(['outcome-1']);
    const told = (why: string) => rig.lines.filter((line) => line === `The sink failed and is tried again: ${why}`).length;
    expect([told('no broker'), told('other')]).toEqual([1, 1]);
  });

  it('D6: a sink that fails for good ends the session, exit 1', async () => {
    const rig = await new Rig().start();
    rig.sink.failures = [new OrielError('UNAVAILABLE', 'stdout is closed')];
    rig.object.emit(outcome(1));
    await rig.time.settle();
    expect(rig.end).toEqual({ exit: 1, say: 'The sink failed: stdout is closed' });
    expect(acks(rig)).toEqual([]);
  });

  it('D6: a gap in the sequence closes 4400, and the outcomes come again on the next socket', async () => {
    const rig = await new Rig().start();
    rig.object.outbox = [outcome(1), outcome(2)];
    rig.object.say({ t: 'outcome', ...outcome(2) });
    await rig.time.settle();
    expect(rig.object.log.slice(-2)).toEqual(['error BAD_FRAME', 'ended 4400']);
    await rig.time.advance(1_000);
    expect(rig.sink.stored).toEqual(['outcome-1', 'outcome-2']);
  });

  it('P3: more than 1,000 outcomes in flight close 4429', async () => {
    const rig = await new Rig().start();
    rig.sink.held = [];
    for (let seq = 1; seq <= 1_000; seq++) rig.object.emit(outcome(seq));
    await rig.time.settle();
    expect(rig.object.connected).toBe(true);
    rig.object.emit(outcome(1_001));
    await rig.time.settle();
    expect(rig.object.log.slice(-2)).toEqual(['error OVER_CREDIT', 'ended 4429']);
  });

  it('P1: an object that has lost its state is another history: its outcomes are stored although their seq was seen', async () => {
    const rig = new Rig();
    rig.partition.append(3);
    await rig.start();
    rig.object.emit(outcome(1, 'old'));
    await rig.time.settle();
    rig.object.close(1006);
    rig.object.next = null;
    rig.object.outcomeSeq = 0n;
    rig.object.outbox = [outcome(1, 'new')];
    await rig.time.advance(1_000);
    expect(rig.sink.stored).toEqual(['old', 'new']);
  });

  it('P1: what the sink refused of the old history says nothing of the new one', async () => {
    const rig = new Rig();
    rig.partition.append(3);
    await rig.start();
    rig.sink.answer = () => ({ stored: false, code: 'TOO_LARGE', message: 'too large' });
    rig.object.emit(outcome(1, 'old'));
    await rig.time.settle();
    rig.sink.answer = () => ({ stored: true });
    rig.object.close(1006);
    Object.assign(rig.object, { next: null, outcomeSeq: 0n, outbox: [outcome(1, 'new')] });
    await rig.time.advance(1_000);
    rig.object.outbox = [outcome(1, 'new')];
    rig.object.resend();
    await rig.time.settle();
    expect([rig.sink.stored, rig.object.rejects]).toEqual([['new'], [{ seq: '1', code: 'TOO_LARGE' }]]);
  });

  it('P1: a delivery that ends after the object began anew settles nothing of the new history', async () => {
    const rig = new Rig();
    rig.partition.append(3);
    await rig.start();
    rig.sink.held = [];
    rig.object.emit(outcome(1, 'old-1'), outcome(2, 'old-2'));
    await rig.time.settle();
    rig.object.close(1006);
    rig.object.next = null;
    rig.object.outbox = [];
    await rig.time.advance(1_000);
    const held = rig.sink.held;
    rig.sink.held = undefined;
    for (const go of held) go();
    await rig.time.settle();
    rig.object.emit(outcome(1, 'new-1'), outcome(2, 'new-2'));
    await rig.time.settle();
    expect(rig.sink.stored).toEqual(expect.arrayContaining(['new-1', 'new-2']));
    expect(acks(rig).at(-1)).toBe('outcomeAck 2');
  });

  it('P1: hello says that a bridge without a sink takes no outcomes', async () => {
    const rig = await new Rig('live', { sink: undefined }).start();
    expect(rig.object.hello?.outcomes).toBe(false);
  });

  it('P4: an outcome frame that breaks the protocol closes 4400', async () => {
    const rig = await new Rig().start();
    rig.object.sayText(JSON.stringify({ ...outcome(1), t: 'outcome', seq: '01' } satisfies ObjectFrame));
    await rig.time.settle();
    expect(rig.object.log.at(-1)).toBe('ended 4400');
  });
});
