import { describe, expect, it, vi } from 'vitest';
import { requested } from '../../support/events.ts';
import { at, eventually, partition, passTime, ring, setClock, useWorld } from '../durable/world.ts';
import { begin } from './begin.ts';
import { FakeGateway } from './fake-gateway.ts';

useWorld();

/** Seconds of the pull's own waiting pass in some ms. */
function hurry(): void {
  const wait = scheduler.wait.bind(scheduler);
  vi.spyOn(scheduler, 'wait').mockImplementation((ms, options) => wait(ms >= 1_000 ? 10 : ms, options));
}

describe('a gateway that does not answer', () => {
  it('K12: is given up after a time, and asked again with back-off', async () => {
    const gateway = FakeGateway.serve();
    await begin();
    hurry();
    const held = gateway.hold('poll');
    setClock(at('14:00:01'));
    await ring(partition());
    expect((await partition().status()).source).toMatchObject({
      connected: false,
      stalled: 'The gateway failed and is asked again: the gateway has not answered for 30 s',
    });
    held.release();
    gateway.write(requested('c1', 't1', at('14:00')));
    await passTime(at('14:00:05'), partition());
    expect(await partition().status()).toMatchObject({ next: '1', source: { connected: true, stalled: null } });
  });

  it('K12, T6: keeps nothing else waiting: what falls due meanwhile is done, and events are taken', async () => {
    const gateway = FakeGateway.serve({ ORIEL_MAX_HOLD: '5m', ORIEL_SINK: 'none' });
    gateway.unproven = 'This gateway does not say where its log ends.';
    gateway.write(requested('c1', 't1', at('14:00')));
    await begin();
    await passTime(at('14:20'), partition());
    hurry();
    const held = gateway.hold('poll');
    const passing = passTime(at('14:20:30'), partition());
    await held.reached();
    // Past the end of the hold.
    setClock(at('14:22:01'));
    const outcomes = async () => (await partition().outcomes({ limit: 10 })).items;
    const [outcome] = await eventually(outcomes, ({ length }) => length > 0);
    expect(outcome).toMatchObject({ type: 'ReservationCancelled', headers: { closedBy: 'maxHold' } });
    const posted = await partition().post([{ id: 'e1', ...requested('c2', 't1', at('14:22')) }]);
    expect(posted).toMatchObject([{ id: 'e1', disposition: 'folded' }]);
    held.release();
    await passing;
  });
});
