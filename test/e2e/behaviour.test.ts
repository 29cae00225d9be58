import { expect, it } from 'vitest';
import { cancelled, paid, requested } from '../support/events.ts';
import { type Outcome, System } from '../support/system.ts';

const WINDOW_MS = 3_000;
const GRACE_MS = 300;
const SETTINGS = { ORIEL_WINDOW: `${WINDOW_MS}ms`, ORIEL_GRACE: `${GRACE_MS}ms` };

/** By customer, in the order of their outcomes: type and table, reason, whether there is something to pay back. */
function told(outcomes: readonly Outcome[]): Record<string, string[]> {
  const byCustomer: Record<string, string[]> = {};
  for (const { type, key, value } of new Map(outcomes.map((outcome) => [outcome.id, outcome])).values()) {
    byCustomer[key] ??= [];
    byCustomer[key].push([type, value.tableId, value.reason, value.refundDue === true ? 'refund' : undefined].filter(Boolean).join(' '));
  }
  return byCustomer;
}

function of(outcomes: readonly Outcome[], customer: string): Outcome[] {
  return outcomes.filter(({ key }) => key === customer);
}

it('B1-B7, B9: through log, bridge, socket and objects, every behaviour of a reservation', async () => {
  const system = await System.start(SETTINGS);
  system.startBridge();
  const at = Date.now();
  const end = at + WINDOW_MS;
  const crowd = Array.from({ length: 100 }, (_, i) => `guest-${i}`);
  system.append(
    ...[requested('ann', '1', at), paid('ann', '1', at + 2_000)],
    requested('joe', '1', at),
    ...[requested('bob', '1', at + 137), paid('bob', '1', at + 137 + WINDOW_MS - 1)],
    ...[requested('carol', '1', at), paid('carol', '1', end)],
    paid('nick', '1', at + 10),
    ...[requested('dan', '1', at), paid('dan', '1', at + 10), paid('dan', '1', at + 20)],
    ...[requested('dora', '1', at), paid('dora', '1', at + 10), paid('dora', '1', end + 500)],
    ...[requested('cora', '1', at), cancelled('cora', '1', at + 10), paid('cora', '1', at + 20)],
    ...[paid('dave', '1', at + 20), requested('dave', '1', at)],
    ...[requested('eve', '1', at), requested('eve', '2', at + 5), paid('eve', '2', at + 50)],
    ...[requested('gina', '1', at), cancelled('gina', '1', at + 10), requested('gina', '1', at + 20)],
    ...[requested('hal', '1', at), paid('hal', '1', at + 10), cancelled('hal', '1', at + 20)],
    ...[requested('ida', '1', at), paid('ida', '1', at + 10), cancelled('ida', '1', end + 400), cancelled('ida', '1', end + 410)],
    ...[requested('joan', '1', at), cancelled('joan', '1', end + 400)],
    ...[requested('ken', '1', at), requested('ken', '1', at + 2_500), paid('ken', '1', end + 100)],
    ...crowd.map((guest, i) => requested(guest, '9', at + i)),
  );
  await system.untilOutcomes(
    'what was due',
    (outcomes) => Object.keys(told(outcomes)).length >= 15 + crowd.length && of(outcomes, 'ida').length >= 2 && of(outcomes, 'dora').length >= 2,
  );
  system.append(requested('lea', '1', at - 10_000), requested('joe', '1', at + 1_000));

  const outcomes = await system.untilOutcomes('the late request', (all) => of(all, 'lea').length > 0 && of(all, 'joe').length > 1);
  const { ...said } = told(outcomes);
  for (const guest of crowd) {
    expect(said[guest]).toEqual(['ReservationCancelled 9 PAYMENT_TIMED_OUT']);
    delete said[guest];
  }
  expect(said).toEqual({
    ann: ['ReservationConfirmed 1'],
    joe: ['ReservationCancelled 1 PAYMENT_TIMED_OUT', 'RequestRejected 1 LATE'],
    bob: ['ReservationConfirmed 1'],
    carol: ['ReservationCancelled 1 PAYMENT_TIMED_OUT', 'PaymentRejected 1 LATE'],
    nick: ['PaymentRejected 1 NO_RESERVATION'],
    dan: ['PaymentRejected 1 ALREADY_PAID', 'ReservationConfirmed 1'],
    dora: ['ReservationConfirmed 1', 'PaymentRejected 1 ALREADY_PAID'],
    cora: ['ReservationCancelled 1 CANCELLED_BY_CUSTOMER', 'PaymentRejected 1 CANCELLED'],
    dave: ['ReservationConfirmed 1'],
    eve: ['ReservationCancelled 1 PAYMENT_TIMED_OUT', 'ReservationConfirmed 2'],
    gina: ['ReservationCancelled 1 CANCELLED_BY_CUSTOMER', 'ReservationCancelled 1 PAYMENT_TIMED_OUT'],
    hal: ['ReservationCancelled 1 CANCELLED_BY_CUSTOMER refund'],
    ida: ['ReservationConfirmed 1', 'ReservationCancelled 1 CANCELLED_BY_CUSTOMER refund'],
    joan: ['ReservationCancelled 1 PAYMENT_TIMED_OUT'],
    ken: ['ReservationCancelled 1 PAYMENT_TIMED_OUT', 'PaymentRejected 1 LATE'],
    lea: ['RequestRejected 1 LATE'],
  });

  expect(of(outcomes, 'bob')[0]?.value.window).toEqual({ start: at + 137, end: at + 137 + WINDOW_MS });
  expect(of(outcomes, 'ken')[0]?.value.window).toEqual({ start: at, end });
  const closings = outcomes.filter(({ headers }) => headers.closedBy === 'watermark');
  expect(closings.length).toBeGreaterThan(crowd.length);
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
