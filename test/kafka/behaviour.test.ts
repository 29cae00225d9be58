import { expect, it } from 'vitest';
import { told } from '../support/behaviour.ts';
import { cancelled, paid, requested } from '../support/events.ts';
import { everyOutcome } from './every-outcome.ts';
import { KafkaSystem } from './kafka-system.ts';

const WINDOW_MS = 3_000;
const GRACE_MS = 300;
const SETTINGS = { ORIEL_WINDOW: `${WINDOW_MS}ms`, ORIEL_GRACE: `${GRACE_MS}ms` };

it.concurrent('B1-B7, B9: from topic to topic through a real broker, every behaviour of a reservation', async ({ onTestFinished: atEnd }) => {
  const system = await KafkaSystem.start({ atEnd, partitions: 3, settings: SETTINGS });
  await system.startedBridge();
  const outcomes = await everyOutcome(system, WINDOW_MS);
  for (const { headers, value } of outcomes) expect(JSON.parse(headers.explanation ?? '')).toEqual(value.explanation);
});

it.concurrent('B2, B7, W6: with ORIEL_SETTLE=early a payment settles the reservation at once, and its outcome lies in the topic long before the window ends', async ({
  onTestFinished: atEnd,
}) => {
  const system = await KafkaSystem.start({ atEnd, settings: { ...SETTINGS, ORIEL_WINDOW: '10m', ORIEL_SETTLE: 'early' } });
  await system.startedBridge();
  const at = Date.now();
  await system.append(
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
  expect(outcomes[0]).toMatchObject({ headers: { closedBy: 'condition' }, value: { window: { start: at, end: at + 600_000 } } });
  // A broker refuses what lies far ahead of its clock: an outcome of a window that ends in ten minutes is dated now.
  expect(outcomes[0]?.timestamp).toBeGreaterThanOrEqual(at);
  expect(outcomes[0]?.timestamp).toBeLessThan(at + 600_000);
  expect(outcomes[2]).toMatchObject({ value: { window: { start: at + 200 } } });
});

it.concurrent('B3, T7: in an idle topic one request is cancelled at its time, and no record of anyone is needed for it', async ({
  onTestFinished: atEnd,
}) => {
  const system = await KafkaSystem.start({ atEnd, partitions: 3, settings: SETTINGS });
  await system.startedBridge();
  const at = Date.now();
  await system.append(requested('joe', '1', at));
  const [outcome] = await system.untilOutcomes('the outcome', (all) => all.length > 0);
  expect(outcome).toMatchObject({
    key: 'joe',
    type: 'ReservationCancelled',
    timestamp: at + WINDOW_MS,
    headers: { closedBy: 'watermark', final: 'true' },
    value: { reason: 'PAYMENT_TIMED_OUT', window: { start: at, end: at + WINDOW_MS }, explanation: { closesAt: at + WINDOW_MS + GRACE_MS } },
  });
  expect((await system.topics.endOffsets(system.source)).reduce((sum, end) => sum + end, 0n)).toBe(1n);
});
