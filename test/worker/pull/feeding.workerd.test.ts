import { evictDurableObject } from 'cloudflare:test';
import { describe, expect, it } from 'vitest';
import { OrielError } from '../../../src/core/errors.ts';
import { paid, requested } from '../../support/events.ts';
import { Bridge } from '../durable/bridge.ts';
import { alarmOf, at, inside, partition, passTime, ring, setClock, tablesOf, useWorld } from '../durable/world.ts';
import { begin, listen } from './begin.ts';
import { FakeGateway } from './fake-gateway.ts';

useWorld();

describe('who may feed the partition', () => {
  it('P5, K12: a bridge of a higher generation takes over; the pull asks nothing more until a reset, then it is back', async () => {
    const gateway = FakeGateway.serve();
    await begin();
    const bridge = await Bridge.connect({ generation: at('14:01') });
    const { calls } = gateway;
    setClock(at('14:01'));
    expect(await passTime(at('14:20'), partition())).toEqual([]);
    await partition().pull();
    await evictDurableObject(partition());
    await partition().pull();
    expect(await alarmOf(partition())).toBe(null);
    expect(gateway.calls).toBe(calls);
    expect(await partition().status()).toMatchObject({ source: { connected: true, stalled: null } });
    bridge.close();
    await partition().reset();
    expect(await alarmOf(partition())).toBe(at('14:20'));
    gateway.write(requested('c1', 't1', at('14:20')));
    await ring(partition());
    expect(await partition().status()).toMatchObject({ next: '1', source: { connected: true, stalled: null } });
  });

  it('P5, K12: it comes again as itself after an eviction, without a hello, and with the consumer that it had', async () => {
    const gateway = FakeGateway.serve();
    gateway.write(requested('c1', 't1', at('14:00')));
    await begin();
    await evictDurableObject(partition());
    gateway.write(requested('c2', 't1', at('14:00')));
    await passTime(at('14:00:01'), partition());
    expect(gateway.sessions).toEqual([undefined, { group: 'oriel', base: '/consumers/oriel/instances/1' }]);
    expect(gateway.counts).toMatchObject({ describe: 1, dialectOf: 1 });
    expect(await partition().status()).toMatchObject({ next: '2', counts: { folded: 2, duplicate: 0 } });
  });

  it('P6, P10, K12: when the partitions grow no claim is made any more; it has stopped, says why, and asks again every five minutes', async () => {
    const said = listen();
    const gateway = FakeGateway.serve();
    gateway.write(requested('c1', 't1', at('14:00')));
    await begin();
    await passTime(at('14:15'), partition());
    gateway.partitions = 2;
    await passTime(at('14:18'), partition());
    const status = await partition().status();
    expect(status).toMatchObject({ watermark: null, counts: { held: 1 }, source: { connected: false } });
    expect(status.source.stalled).toMatch(/has 2 partitions, it had 1/);
    const { poll } = gateway.counts;
    expect(await passTime(at('14:26:30'), partition())).toEqual([at('14:21'), at('14:26')]);
    expect(gateway.counts.poll).toBe(poll);
    expect(said()).toEqual(['error']);
    await partition().reset();
    await ring(partition());
    expect(await partition().status()).toMatchObject({ source: { connected: true } });
  });

  it.each([
    ['clock', 'A gateway is a live log, which runs with ORIEL_TIME=source, not clock.'],
    ['stream', 'A gateway is a live log, which runs with ORIEL_TIME=source, not stream.'],
  ])('K12: with ORIEL_TIME=%s it asks nothing, and says why', async (mode, stalled) => {
    const gateway = FakeGateway.serve({ ORIEL_TIME: mode });
    await partition().pull();
    expect(await alarmOf(partition())).toBe(null);
    expect(gateway.calls).toBe(0);
    expect(await partition().status()).toMatchObject({ source: { connected: false, stalled } });
  });

  it('K12: a fault that somebody has to mend is said once, and looked at again after five minutes', async () => {
    const said = listen();
    const gateway = FakeGateway.serve();
    gateway.failing.describe = new OrielError('NOT_ALLOWED', 'the gateway answered 401');
    await begin();
    expect(await passTime(at('14:11'), partition())).toEqual([at('14:05'), at('14:10')]);
    expect(gateway.counts).toMatchObject({ describe: 3, poll: 0 });
    expect(said()).toEqual(['error']);
    expect(await partition().status()).toMatchObject({ source: { connected: false, stalled: 'the gateway answered 401' } });
    gateway.heal();
    await passTime(at('14:15'), partition());
    expect(await partition().status()).toMatchObject({ source: { connected: true, stalled: null } });
  });

  it('K12: without a position, and nothing said of where to start, a log that holds records is not read', async () => {
    const gateway = FakeGateway.serve({ ORIEL_FROM: 'committed' });
    gateway.write(requested('c1', 't1', at('14:00')));
    await begin();
    expect((await partition().status()).source.stalled).toMatch(/ORIEL_FROM=earliest/);
    expect(gateway.counts.poll).toBe(0);
    gateway.group = '1';
    await passTime(at('14:05'), partition());
    expect(await partition().status()).toMatchObject({ next: '1', counts: { folded: 0 }, source: { connected: true } });
  });
});

describe('what can be lost', () => {
  it('D3, K12: a lost alarm is set again by whatever calls the object', async () => {
    FakeGateway.serve();
    await begin();
    const lose = () => inside(partition(), ({ storage }) => storage.deleteAlarm());
    await lose();
    await evictDurableObject(partition());
    expect(await alarmOf(partition())).toBe(null);
    await partition().status();
    expect(await alarmOf(partition())).toBe(at('14:00'));
    await lose();
    setClock(at('14:05'));
    await partition().pull();
    expect(await alarmOf(partition())).toBeLessThanOrEqual(at('14:05'));
  });

  it('D2, K12: dies between the poll and the fold: the records are read again, and each counts once', async () => {
    const gateway = FakeGateway.serve();
    gateway.write(requested('c1', 't1', at('14:00')));
    await begin();
    gateway.write(paid('c1', 't1', at('14:00')));
    gateway.before = async (call) => {
      if (call !== 'poll') return;
      gateway.before = () => undefined;
      throw new Error('the answer is lost');
    };
    await passTime(at('14:00:01'), partition());
    await evictDurableObject(partition());
    await passTime(at('14:00:05'), partition());
    expect(await partition().status()).toMatchObject({ next: '2', counts: { folded: 2, duplicate: 0 } });
  });

  it('D1, K12: without a gateway nothing is written, whoever calls', async () => {
    await partition().pull();
    expect(await tablesOf(partition())).toEqual({});
    expect(await alarmOf(partition())).toBe(null);
  });
});
