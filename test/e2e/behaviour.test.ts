import { expect, it } from 'vitest';
import { allTold, CROWD, everyBehaviour, lateRequests, lateTold, of, TOLD, told } from '../support/behaviour.ts';
import { cancelled, paid, requested } from '../support/events.ts';
import { System } from '../support/system.ts';

const WINDOW_MS = 3_000;
const GRACE_MS = 300;
const SETTINGS = { ORIEL_WINDOW: `${WINDOW_MS}ms`, ORIEL_GRACE: `${GRACE_MS}ms` };

it('B1-B7, B9: through log, bridge, socket and objects, every behaviour of a reservation', async () => {
  const system = await System.start(SETTINGS);
  system.startBridge();
  const at = Date.now();
  const end = at + WINDOW_MS;
  system.append(...everyBehaviour(at, WINDOW_MS));
  await system.untilOutcomes('what was due', allTold);
  system.append(...lateRequests(at));

  const outcomes = await system.untilOutcomes('the late requests', lateTold);
  expect(told(outcomes)).toEqual(TOLD);

  expect(of(outcomes, 'bob')[0]?.value.window).toEqual({ start: at + 137, end: at + 137 + WINDOW_MS });
  expect(of(outcomes, 'ken')[0]?.value.window).toEqual({ start: at, end });
  const closings = outcomes.filter(({ headers }) => headers.closedBy === 'watermark');
  expect(closings.length).toBeGreaterThan(CROWD.length);
  for (const { value } of closings) {
    const { closesAt, watermark, now } = value.explanation as { closesAt: number; watermark: number; now: number };
    expect(watermark).toBeGreaterThanOrEqual(closesAt);
    expect(now).toBeGreaterThanOrEqual(closesAt);
  }
});

it('B2, W6: with ORIEL_SETTLE=early a payment settles the reservation at once, and the table can be asked for again', async () => {
  const system = await System.start({ ...SETTINGS, ORIEL_WINDOW: '10m', ORIEL_SETTLE: 'early' });
  system.startBridge();
  const at = Date.now();
  system.append(
    requested('ann', '1', at),
    paid('ann', '1', at + 100),
    paid('ann', '1', at + 150),
    requested('ann', '1', at + 200),
    cancelled('ann', '1', at + 300),
  );

  const outcomes = await system.untilOutcomes('three outcomes', (all) => all.length >= 3);
  expect(told(outcomes)).toEqual({
    ann: ['ReservationConfirmed 1', 'PaymentRejected 1 ALREADY_PAID', 'ReservationCancelled 1 CANCELLED_BY_CUSTOMER'],
  });
  expect(outcomes[0]).toMatchObject({ headers: { closedBy: 'condition' }, timestamp: at + 600_000, value: { window: { start: at } } });
  expect(outcomes[2]).toMatchObject({ value: { window: { start: at + 200 } } });
});
