import { describe, expect, it } from 'vitest';
import { paid, requested } from '../../support/events.ts';
import { Bridge } from '../durable/bridge.ts';
import { at, partition, passTime, ring, setClock, useWorld } from '../durable/world.ts';
import { begin } from './begin.ts';
import { FakeGateway } from './fake-gateway.ts';

useWorld();

describe('a bridge that takes over', () => {
  it.each(['describe', 'endAt', 'poll', 'commit'] as const)(
    'P5, T5, K12: during the %s of a round: what that brings does not count, and nothing is asked after it',
    async (step) => {
      const gateway = FakeGateway.serve({ ORIEL_GRACE: '0ms' });
      gateway.write(requested('c1', 't1', at('14:00')));
      await begin();
      await passTime(at('14:14:59'), partition());
      const held = gateway.hold(step);
      gateway.write(requested('c2', 't1', at('14:14')));
      const passing = passTime(at('14:15:30'), partition());
      await held.reached();
      const bridge = await Bridge.connect({ generation: at('14:16') });
      const { calls } = gateway;
      held.release();
      await passing;
      // What is under way comes to its end, with the one that checks it and the group's position.
      expect(gateway.calls).toBeLessThanOrEqual(calls + 2);
      expect(await partition().status()).toMatchObject({ next: String(bridge.next), source: { connected: true, stalled: null } });
      if (step !== 'commit') expect((await partition().status()).watermark).toBe(null);
      const asked = gateway.calls;
      await passTime(at('14:40'), partition());
      await partition().pull();
      await ring(partition());
      expect(gateway.calls).toBe(asked);
    },
  );

  it('P5, D6, K12: while outcomes are on their way: they come again to the bridge, with the same ids, and what the sink said to the pull does not count', async () => {
    const gateway = FakeGateway.serve({ ORIEL_GRACE: '0ms' });
    // With no grace a payment for which nothing was reserved is an outcome at once.
    gateway.write(paid('c1', 't1', at('14:00')));
    const held = gateway.hold('deliver');
    await partition().pull();
    const ringing = ring(partition());
    await held.reached();
    const bridge = await Bridge.connect({ generation: at('14:16') });
    held.release();
    await ringing;
    const outcome = await bridge.take('outcome');
    expect(gateway.stored.map(({ id }) => id)).toEqual([outcome.id]);
    expect(await partition().status()).toMatchObject({ outbox: { depth: 1 } });
  });

  it('P5, K12: outcomes that the pull was told before, and has not sent, are the business of the bridge alone', async () => {
    const gateway = FakeGateway.serve({ ORIEL_GRACE: '0ms' });
    gateway.write(paid('c1', 't1', at('14:00')));
    gateway.failing.deliver = new Error('no leader');
    await begin();
    // With it the round would go on.
    gateway.write(requested('c2', 't1', at('14:00')));
    const held = gateway.hold('poll');
    const passing = passTime(at('14:00:01'), partition());
    await held.reached();
    const bridge = await Bridge.connect({ generation: at('14:16') });
    // The sink would be asked again by now.
    gateway.failing = {};
    setClock(at('14:00:05'));
    const { deliver } = gateway.counts;
    held.release();
    await passing;
    expect(gateway.counts.deliver).toBe(deliver);
    expect(await bridge.take('outcome')).toMatchObject({ seq: '1' });
  });

  it('P5, P6, K12: a reset during a poll: what was read before it does not count, and it is read again', async () => {
    const gateway = FakeGateway.serve();
    await begin();
    gateway.write(requested('c1', 't1', at('14:00')));
    const held = gateway.hold('poll');
    const passing = passTime(at('14:00:05'), partition());
    await held.reached();
    await partition().reset();
    held.release();
    await passing;
    expect(await partition().status()).toMatchObject({ next: '1', counts: { folded: 1, duplicate: 0 }, source: { connected: true, stalled: null } });
  });
});
