import { describe, expect, it } from 'vitest';
import { Backoff } from '../../src/bridge/backoff.ts';
import { OrielError } from '../../src/core/errors.ts';
import { Rig } from './rig.ts';

const NOW = 1_000_000;

describe('connecting', () => {
  it('P1: comes back after a broken socket and goes on where the object is', async () => {
    const rig = new Rig();
    rig.partition.append(4);
    await rig.start();
    rig.object.close(1006);
    await rig.time.settle();
    rig.partition.append(2);
    await rig.time.advance(250);
    expect(rig.object.log).toEqual(['open', 'hello', 'data 0 [0-3]', 'ended 1006', 'open', 'hello', 'data 4 [4-5]']);
    expect(rig.object.violations).toEqual([]);
  });

  it('P1: what was sent and not acknowledged is sent again', async () => {
    const rig = new Rig();
    rig.object.next = '0';
    rig.partition.append(4);
    rig.object.loses = () => rig.object.connections === 1;
    await rig.start();
    rig.object.close(1006);
    await rig.time.advance(250);
    expect(rig.object.log.slice(-3)).toEqual(['open', 'hello', 'data 0 [0-3]']);
    expect(rig.session.stats()).toMatchObject({ sent: 8, acknowledged: 4 });
  });

  it('P1: what the object had taken without the ack coming through counts as acknowledged at the next welcome', async () => {
    const rig = new Rig();
    rig.object.next = '0';
    rig.object.hold = true;
    rig.partition.append(4);
    await rig.start();
    rig.object.close(1006);
    await rig.time.advance(250);
    expect(rig.object.log.slice(-2)).toEqual(['open', 'hello']);
    expect(rig.session.stats()).toMatchObject({ sent: 4, acknowledged: 4, lag: 0 });
    expect(rig.partition.committedTo.at(-1)).toBe('4');
  });

  it('waits longer from try to try, up to 10 s, says it once, and starts small again after progress', async () => {
    const rig = new Rig();
    rig.network.down = { kind: 'unreachable', message: 'ECONNREFUSED' };
    await rig.start();
    await rig.time.advance(30_000);
    expect(rig.network.dialled.map((at) => at - NOW)).toEqual([0, 250, 750, 1_750, 3_750, 7_750, 15_750, 25_750]);
    expect(rig.lines).toEqual(['No connection to http://127.0.0.1:8787 (ECONNREFUSED). Is the Worker running there? Trying again.']);
    rig.network.down = undefined;
    rig.partition.append(1);
    await rig.time.advance(10_000);
    expect(rig.object.records).toHaveLength(1);
    rig.object.close(1006);
    await rig.time.advance(250);
    expect(rig.object.connections).toBe(2);
  });

  it('shortens each wait at random by up to half', () => {
    const [longest, shortest] = [new Backoff(() => 0), new Backoff(() => 0.999_999)];
    expect([longest.next(), longest.next(), longest.next()]).toEqual([250, 500, 1_000]);
    expect([shortest.next(), shortest.next(), shortest.next()]).toEqual([125, 250, 500]);
    for (let i = 0; i < 2_000; i++) longest.next();
    expect(longest.next()).toBe(10_000);
  });

  it('P5: stops with exit 4 when another bridge has taken over', async () => {
    const rig = await new Rig().start();
    rig.object.say({ t: 'error', code: 'SUPERSEDED', message: 'epoch 4, generation 9' });
    rig.object.close(4409);
    await rig.time.advance(60_000);
    expect(rig.object.connections).toBe(1);
    expect(rig.end?.exit).toBe(4);
    expect(rig.end?.say).toMatch(/^Another bridge feeds Partition 0 of customer-events: SUPERSEDED, epoch 4, generation 9\..*higher --epoch\.$/);
  });

  it.each([
    ['INCARNATION', /not the one.*POST http:\/\/127\.0\.0\.1:8787\/v1\/sources\/customer-events\/0\/reset/],
    ['PARTITIONS', /ORIEL_PARTITIONS alike.*\/v1\/sources\/customer-events\/0\/reset/],
    ['MODE', /same ORIEL_TIME.*\/v1\/sources\/customer-events\/0\/reset/],
  ])('P6: stops with exit 3 where the object refuses it for its %s, and says what to do', async (code, words) => {
    const rig = new Rig();
    rig.object.refusal = { code, message: 'the stored one is another', close: 4403 };
    await rig.start();
    await rig.time.advance(60_000);
    expect(rig.object.connections).toBe(1);
    expect(rig.end?.exit).toBe(3);
    expect(rig.end?.say).toContain(`${code}, the stored one is another`);
    expect(rig.end?.say).toMatch(words);
  });

  it.each([
    [400, /answered 400 \(why\) to the upgrade/],
    [401, /ORIEL_INGEST_TOKEN/],
    [403, /may not write/],
    [404, /ORIEL_TOPIC and ORIEL_PARTITIONS/],
  ])('P8: stops with exit 3 where the upgrade is answered %i', async (status, words) => {
    const rig = new Rig();
    rig.network.down = { kind: 'refused', status, detail: 'why' };
    await rig.start();
    await rig.time.advance(60_000);
    expect(rig.network.dialled).toHaveLength(1);
    expect(rig.end?.exit).toBe(3);
    expect(rig.end?.say).toMatch(words);
  });

  it.each([429, 500, 503])('P8: tries again where the upgrade is answered %i', async (status) => {
    const rig = new Rig();
    rig.network.down = { kind: 'refused', status, detail: 'no token is set' };
    await rig.start();
    await rig.time.advance(60_000);
    expect(rig.network.dialled.length).toBeGreaterThan(5);
    expect(rig.end).toBeUndefined();
    expect(rig.lines).toEqual([`The Worker at http://127.0.0.1:8787 answered ${status} (no token is set). Trying again.`]);
  });

  it.each([4400, 4413, 4429])('P4: gives up with exit 1 after five closes with %i in a row and nothing achieved', async (close) => {
    const rig = new Rig();
    rig.object.refusal = { code: 'BAD_FRAME', message: 'no', close };
    await rig.start();
    await rig.time.advance(60_000);
    expect(rig.object.connections).toBe(5);
    expect(rig.end?.exit).toBe(1);
  });

  it('P4: an answered ping is no progress: it breaks no row', async () => {
    const rig = await new Rig().start();
    for (let i = 0; i < 5; i++) {
      await rig.time.advance(45_000);
      rig.object.close(4400, 'BAD_FRAME');
      await rig.time.settle();
    }
    expect(rig.end?.exit).toBe(1);
  });

  it('P4: closes with progress between them are no row', async () => {
    const rig = new Rig();
    await rig.start();
    for (let i = 0; i < 8; i++) {
      rig.partition.append(1);
      await rig.time.settle();
      rig.object.close(4400);
      await rig.time.advance(1_000);
    }
    expect(rig.end).toBeUndefined();
    expect(rig.object.records).toHaveLength(8);
  });

  it.each([
    ['no JSON', 'hello?'],
    ['an unknown t', '{"t":"surprise"}'],
    [
      'a second welcome',
      '{"t":"welcome","next":null,"outcomeSeq":"0","credit":{"records":1,"bytes":0},"limits":{"frameBytes":1,"batchRecords":1,"recordBytes":1},"skew":0}',
    ],
    ['a bad offset', '{"t":"nack","expected":"-1"}'],
  ])('P4: %s from the object closes 4400', async (_, text) => {
    const rig = await new Rig().start();
    rig.object.sayText(text);
    await rig.time.settle();
    expect(rig.object.log.slice(-2)).toEqual(['error BAD_FRAME', 'ended 4400']);
  });

  it('P4: a frame before the welcome closes 4400', async () => {
    const rig = new Rig();
    rig.object.answersHello = false;
    await rig.start();
    rig.object.want(5);
    await rig.time.settle();
    expect(rig.object.log.at(-1)).toBe('ended 4400');
  });

  it('P7: pings every 20 s, and connects anew where no pong comes within 10 s', async () => {
    const rig = await new Rig().start();
    await rig.time.advance(100_000);
    expect(rig.object.pings).toBe(5);
    expect(rig.object.connections).toBe(1);
    rig.object.answersPings = false;
    await rig.time.advance(20_000);
    expect(rig.lines).toContain('The connection ended with 1006: no pong within 10 s. Connecting anew.');
    rig.object.answersPings = true;
    await rig.time.advance(10_000);
    expect(rig.object.connections).toBe(2);
    expect(rig.object.connected).toBe(true);
  });

  it('P7: an object that is too busy to answer a ping, and acknowledges, is there', async () => {
    const rig = await new Rig().start();
    rig.object.answersPings = false;
    for (let second = 0; second < 120; second += 5) {
      rig.partition.append(1);
      await rig.time.advance(5_000);
    }
    expect(rig.object.connections).toBe(1);
  });

  it('P4: connects anew where no welcome comes within 10 s', async () => {
    const rig = new Rig();
    rig.object.answersHello = false;
    await rig.start();
    await rig.time.advance(9_999);
    expect(rig.object.connections).toBe(1);
    rig.object.answersHello = true;
    await rig.time.advance(251);
    expect(rig.object.connections).toBe(2);
    expect(rig.session.stats().connected).toBe(true);
  });

  it('P1: an object that lost the last frame on waking is not waited for for ever', async () => {
    const rig = new Rig();
    rig.object.next = '0';
    rig.partition.append(3);
    rig.object.loses = () => rig.object.connections === 1;
    await rig.start();
    await rig.time.advance(50_000);
    expect(rig.object.connections).toBe(1);
    await rig.time.advance(31_000);
    expect(rig.object.connections).toBe(2);
    expect(rig.object.records).toHaveLength(3);
  });

  it('P1: an object that takes its time is not dropped, however long nothing was out before', async () => {
    const rig = new Rig();
    rig.object.next = '0';
    await rig.start();
    await rig.time.advance(300_000);
    rig.object.hold = true;
    rig.partition.append(3);
    await rig.time.advance(50_000);
    expect(rig.object.connections).toBe(1);
  });

  it('a source that fails for good ends the session with its words', async () => {
    const rig = await new Rig().start();
    rig.partition.failure = new OrielError('INCARNATION', 'events.ndjson became shorter.');
    rig.partition.append(1);
    await rig.time.settle();
    expect(rig.end).toEqual({ exit: 1, say: 'events.ndjson became shorter.' });
    expect(rig.object.log.at(-1)).toBe('ended 1001');
  });

  it('a source that fails for now is tried again', async () => {
    const rig = await new Rig().start();
    rig.partition.failure = new OrielError('UNAVAILABLE', 'the broker is away', { retryable: true });
    rig.partition.append(1);
    await rig.time.advance(3_000);
    expect(rig.end).toBeUndefined();
    rig.partition.failure = undefined;
    await rig.time.advance(10_000);
    expect(rig.object.records).toHaveLength(1);
  });
});

describe('stopping', () => {
  it('P2: sends nothing new, waits for what is out, and says goodbye', async () => {
    const rig = new Rig();
    rig.object.next = '0';
    rig.object.hold = true;
    rig.partition.append(3);
    await rig.start();
    const stopped = rig.session.stop();
    rig.partition.append(5);
    await rig.time.advance(4_000);
    expect(rig.end).toBeUndefined();
    rig.object.ack();
    await stopped;
    await rig.time.settle();
    expect(rig.end).toEqual({ exit: 0 });
    expect(rig.object.log).toEqual(['open', 'hello', 'data 0 [0-2]', 'ended 1001']);
    expect(rig.partition.committedTo.at(-1)).toBe('3');
  });

  it('D6: waits for outcomes that are with the sink', async () => {
    const rig = await new Rig().start();
    rig.sink.held = [];
    rig.object.say({ t: 'outcome', ...(await import('./fake-object.ts')).outcome(1) });
    await rig.time.settle();
    void rig.session.stop();
    await rig.time.advance(3_000);
    expect(rig.end).toBeUndefined();
    for (const go of rig.sink.held.splice(0)) go();
    await rig.time.settle();
    expect(rig.end).toEqual({ exit: 0 });
    expect(rig.object.log.slice(-2)).toEqual(['outcomeAck 1', 'ended 1001']);
  });

  it('waits no longer than 7 s, so that all is over within 10', async () => {
    const rig = new Rig();
    rig.object.next = '0';
    rig.object.hold = true;
    rig.partition.append(3);
    await rig.start();
    void rig.session.stop();
    await rig.time.advance(6_999);
    expect(rig.end).toBeUndefined();
    await rig.time.advance(1);
    expect(rig.end).toEqual({ exit: 0 });
  });

  it('stops at once between two tries', async () => {
    const rig = new Rig();
    rig.network.down = { kind: 'unreachable', message: 'ECONNREFUSED' };
    await rig.start();
    await rig.time.advance(20_000);
    void rig.session.stop();
    await rig.time.settle();
    expect(rig.end).toEqual({ exit: 0 });
  });

  it('P5: a partition that is no longer ours stops its session', async () => {
    const rig = await new Rig().start();
    rig.partition.revoke();
    await rig.time.settle();
    expect(rig.end).toEqual({ exit: 0 });
  });
});
