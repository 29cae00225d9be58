import { it } from 'vitest';
import { kindOf, strimziKind } from '../rest/gateways.ts';
import { storm } from './storm.ts';

const COMMAND = 'npm run test:kafka:soak -- test/kafka/soak/rest.test.ts';
const COMMON = { reservations: 2_000, arrivalsMs: 130_000, sizeMs: 15_000, graceMs: 4_000, pauseMs: [3_000, 7_000] as const, command: COMMAND };

it('T5-T7, B2-B3, B5-B9, D1-D3, D5-D6, R2-R3, R5, P1-P2, P5, K8-K11: 2,000 reservations through a REST gateway and a bridge, and kill -9 of both and of workerd, over a network that loses calls: one outcome each, the oracle’s', async () => {
  await storm({ ...COMMON, through: { kind: strimziKind(), mode: 'bridge' }, blows: { gateway: 6, bridge: 6, workerd: 5 } });
});

it('T5-T7, B2-B3, B5-B9, D1-D3, D5-D6, R2-R3, R5, P1-P2, K8-K12: 2,000 reservations through a REST gateway that the Worker reads by itself, and kill -9 of both, over a network that loses calls: one outcome each, the oracle’s', async () => {
  await storm({ ...COMMON, through: { kind: kindOf('confluent'), mode: 'pull' }, blows: { gateway: 9, workerd: 8 } });
});
