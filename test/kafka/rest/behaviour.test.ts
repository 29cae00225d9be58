import { describe, expect, it } from 'vitest';
import { told } from '../../support/behaviour.ts';
import { requested } from '../../support/events.ts';
import { everyOutcome } from '../every-outcome.ts';
import type { Gateway } from '../gateway/gateway.ts';
import type { KafkaOutcome } from '../kafka-outcome.ts';
import type { KafkaSystemOptions } from '../kafka-system.ts';
import { allKinds, Gateways, kindOf } from './gateways.ts';
import { begun, MODES, type Mode, startRestSystem, WITH_HEADERS } from './rest-system.ts';

const WINDOW_MS = 3_000;
const GRACE_MS = 300;
const SETTINGS = { ORIEL_WINDOW: `${WINDOW_MS}ms`, ORIEL_GRACE: `${GRACE_MS}ms` };
const PARTITIONS = 3;
const TIMEOUT_MS = 200_000;
/** Several systems are at work side by side. */
const WAIT_MS = 60_000;

const gateways = new Gateways();

/** What a plain consumer of the outcomes topic finds, first of one customer in an idle topic (B3, T7), then of all behaviours. */
async function outcomesThrough(
  gateway: Gateway,
  mode: Mode,
  options: Pick<KafkaSystemOptions, 'atEnd'> & { readonly v3?: string },
): Promise<readonly KafkaOutcome[]> {
  const system = await startRestSystem(gateway, mode, { ...options, partitions: PARTITIONS, settings: SETTINGS });
  await begun(system, mode, PARTITIONS);
  const at = Date.now();
  await system.append(requested('zoe', '1', at));
  const alone = await system.untilOutcomes('the outcome', (all) => all.length > 0, WAIT_MS);
  const others = { zoe: ['ReservationCancelled 1 PAYMENT_TIMED_OUT'] };
  expect(told(alone)).toEqual(others);
  expect(alone[0]?.value).toMatchObject({ window: { start: at, end: at + WINDOW_MS }, explanation: { closesAt: at + WINDOW_MS + GRACE_MS } });
  expect((await system.topics.endOffsets(system.source)).reduce((sum, end) => sum + end, 0n)).toBe(1n);
  return everyOutcome(system, WINDOW_MS, others);
}

describe.concurrent.for(allKinds())('through $name', (kind) => {
  it.concurrent.for(MODES)(
    'B1-B7, B9, T5, T7, K8, K11: every behaviour of a reservation, read by %s',
    { timeout: TIMEOUT_MS },
    async (mode, context) => {
      const gateway = gateways.of(kind, context);
      const outcomes = await outcomesThrough(gateway, mode, { atEnd: context.onTestFinished });
      for (const { headers, value, timestamp } of outcomes) {
        // What the explanation says is in the value of each.
        if (!WITH_HEADERS.includes(gateway.dialect)) continue;
        expect(JSON.parse(headers.explanation ?? '')).toEqual(value.explanation);
        if (value.reason === 'PAYMENT_TIMED_OUT') expect(value.window).toMatchObject({ end: timestamp });
      }
    },
  );
});

it.concurrent.for(MODES)(
  'B1-B7, B9, K11: read from Confluent by %s, and written by its API v3, with headers',
  { timeout: TIMEOUT_MS },
  async (mode, context) => {
    const gateway = gateways.of(kindOf('confluent'), context);
    const clusters = (await (await fetch(`${gateway.url}/v3/clusters`)).json()) as { readonly data: readonly { readonly cluster_id: string }[] };
    const outcomes = await outcomesThrough(gateway, mode, { atEnd: context.onTestFinished, v3: `/v3/clusters/${clusters.data[0]?.cluster_id}` });
    for (const { headers, value } of outcomes) expect(JSON.parse(headers.explanation ?? '')).toEqual(value.explanation);
  },
);
