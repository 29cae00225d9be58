import { it } from 'vitest';
import { storm } from './soak/storm.ts';

it('T5-T7, D5-D6, P1-P2, P5: 500 reservations through kill -9 of bridges, workerd and the broker, and rebalances: one outcome each, the oracle’s', async () => {
  await storm({
    reservations: 500,
    arrivalsMs: 20_000,
    sizeMs: 6_000,
    graceMs: 3_000,
    blows: { bridge: 4, workerd: 2, broker: 2, guest: 1 },
    pauseMs: [500, 2_000],
    command: 'npx vitest run --config test/kafka/vitest.config.ts test/kafka/chaos.test.ts',
  });
});
