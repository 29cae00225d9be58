import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { cancelled, type EventLine, paid, requested } from '../support/events.ts';
import { Oracle } from '../support/oracle.ts';
import { mulberry32 } from '../support/random.ts';
import { type Outcome, System } from '../support/system.ts';

it('B6, B8, D1-D2, D6, P1, P3: 60 reservations, kill -9 of workerd and of the bridge twice each: one final outcome each, the oracle’s', async () => {
  const settings = { ORIEL_WINDOW: '4s', ORIEL_GRACE: '500ms' };
  const system = await System.start(settings);
  let bridge = system.startBridge();
  const random = mulberry32(20_260_101);
  const written: EventLine[] = [];
  const write = (...events: EventLine[]): void => {
    written.push(...events);
    system.append(...events);
  };

  const faults = Array.from({ length: 4 }, (_, i) => ({ after: 6 + i * 13 + Math.floor(random() * 10), what: i % 2 === 0 ? 'workerd' : 'bridge' }));
  let restart: Promise<void> = Promise.resolve();
  let taken = -1;
  /** The partition has taken more since the last time: the next fault comes in the middle of something. */
  const moved = (): Promise<true> =>
    system.until('progress', async () => {
      const next = Number((await system.get<{ next: string | null }>('/v1/sources/customer-events/0')).next ?? -1);
      if (next <= taken) return undefined;
      taken = next;
      return true;
    });
  for (let i = 0; i < 60; i++) {
    const at = Date.now();
    const customer = `customer-${i}`;
    const fate = random();
    write(requested(customer, 't', at));
    if (fate < 0.4) write(paid(customer, 't', at + 500 + Math.floor(random() * 3_000)));
    else if (fate < 0.55) write(cancelled(customer, 't', at + 700));
    else if (fate < 0.65) write(paid(customer, 't', at + 10), cancelled(customer, 't', at + 900));
    else if (fate < 0.75) write(paid(customer, 't', at + 4_000 + Math.floor(random() * 400)));
    else if (fate < 0.8) write(paid(customer, 't', at + 50), paid(customer, 't', at + 60));
    const fault = faults.find(({ after }) => after === i);
    if (fault !== undefined) {
      await restart;
      await moved();
    }
    if (fault?.what === 'bridge') {
      await bridge.kill();
      bridge = system.startBridge();
    } else if (fault !== undefined) {
      await system.crashWorker();
      restart = system.startWorker();
    }
    await sleep(30);
  }
  await restart;

  const expected = oracleOf(written);
  const outcomes = await system.untilOutcomes('an outcome for each', (all) => new Set(all.map(({ id }) => id)).size >= expected.length, 60_000);
  const byId = new Map(outcomes.map((outcome) => [outcome.id, outcome]));
  expect([...byId.values()].map(lineOf).sort()).toEqual(expected);
  for (const outcome of outcomes) expect(withoutMoment(outcome)).toEqual(withoutMoment(byId.get(outcome.id) as Outcome));
  const settled = [...byId.values()].filter(({ type }) => type === 'ReservationConfirmed' || type === 'ReservationCancelled');
  expect(new Set(settled.map(({ key }) => key)).size).toBe(60);
  expect(settled).toHaveLength(60);
}, 120_000);

/** What must come out, by the oracle: all records first, then a claim that is past everything. */
function oracleOf(events: readonly EventLine[]): string[] {
  const oracle = new Oracle({
    ...{ sizeMs: 4_000, graceMs: 500, retentionMs: 86_400_000, settle: 'close', mode: 'source', scope: 'partition', maxFutureMs: 60_000 },
  });
  events.forEach((event, i) => {
    const record = {
      key: event.key,
      value: event.value,
      timestamp: event.timestamp,
      source: { topic: 'customer-events', partition: 0, offset: String(i) },
    };
    oracle.take({ type: 'record', record, now: event.timestamp });
  });
  const end = Math.max(...events.map(({ timestamp }) => timestamp)) + 60_000;
  oracle.take({ type: 'watermark', watermark: end, now: end });
  return oracle.told.map(({ type, customerId, reason, refundDue, window }) => `${customerId} ${type} ${reason} ${refundDue} ${window?.start}`).sort();
}

function lineOf({ type, key, value }: Outcome): string {
  const { reason, refundDue, window } = value as { reason?: string; refundDue?: true; window?: { start: number } };
  return `${key} ${type} ${reason} ${refundDue} ${window?.start}`;
}

/** The same id is the same outcome, wherever it was said from (R6). */
function withoutMoment({ value, ...outcome }: Outcome): unknown {
  const { explanation, ...rest } = value as { explanation: Record<string, unknown> };
  const { now, watermark, afterClose, ...kept } = explanation;
  const { seq, ...same } = outcome;
  return { ...same, value: { ...rest, explanation: kept } };
}
