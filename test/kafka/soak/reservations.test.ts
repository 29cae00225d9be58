import { it } from 'vitest';
import { storm } from './storm.ts';

it('T5-T7, B2-B3, B5-B9, D1-D3, D5-D6, R2-R3, R5, P1-P2, P5: 20,000 reservations over six partitions of a real topic, through kill -9 of bridges, workerd and the broker, and rebalances: one outcome each, the oracle’s', async () => {
  await storm({
    reservations: 20_000,
    arrivalsMs: 400_000,
    sizeMs: 20_000,
    graceMs: 4_000,
    blows: { bridge: 15, workerd: 10, broker: 8, guest: 4 },
    pauseMs: [5_000, 11_000],
    command: 'npm run test:kafka:soak',
  });
});
