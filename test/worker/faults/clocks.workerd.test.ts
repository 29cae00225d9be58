import { describe, expect, it } from 'vitest';
import { paid, requested } from '../../support/events.ts';
import { Bridge } from '../durable/bridge.ts';
import { alarmOf, at, customer, partition, ring, serve, setClock, useWorld } from '../durable/world.ts';

useWorld();

const HOUR = 3_600_000;
const EVENTS = [requested('c1', 't1', at('14:00')), requested('c1', 't2', at('14:00')), paid('c1', 't2', at('14:00'))];

/** By the true clock: before the windows close at 14:16, around it, and long after. The one that jumps is right again from 14:20 on. */
const TICKS = ['14:05', '14:10', '14:16:01', '14:17:05', '14:20', '14:22', '14:30', '15:30', '22:45', '23:30'] as const;
const RIGHT_AGAIN = at('14:20');

interface Jump {
  readonly name: string;
  readonly mode: string;
  readonly who: readonly string[];
  readonly hours: number;
  readonly from: string;
}

const JUMPS: Jump[] = ['clock', 'source'].flatMap((mode) =>
  [['customer'], ['partition'], ['customer', 'partition']].flatMap((who) =>
    [8, -8].flatMap((hours) => ['14:10', '14:16:01'].map((from) => ({ name: `clock of the ${who.join(' and the ')}`, mode, who, hours, from }))),
  ),
);

describe('a clock that jumps around a closing', () => {
  it.each(JUMPS)(
    'T9, D3: in $mode mode the $name by $hours h at $from: each window closes once, and none too soon',
    async ({ mode, who, hours, from }) => {
      serve({ ORIEL_TIME: mode });
      const clockOf = (name: string, now: number): number => (now >= at(from) && now < RIGHT_AGAIN && who.includes(name) ? now + hours * HOUR : now);
      const bridge = mode === 'source' ? await Bridge.connect() : undefined;
      if (bridge === undefined) await partition().post(EVENTS.map((event, i) => ({ ...event, id: `e${i}` })));
      else await bridge.data(...EVENTS);

      for (const now of TICKS.map(at)) {
        for (const [name, stub] of [['customer', customer('c1')] as const, ['partition', partition()] as const]) {
          setClock(clockOf(name, now));
          const alarm = await alarmOf(stub);
          if (alarm !== null && alarm <= Date.now()) await ring(stub);
        }
        setClock(clockOf('partition', now));
        // The bridge's own clock is right.
        await bridge?.claim(now);
        const open = (await customer('c1').view())?.windows ?? [];
        if (open.length > 0) expect(await alarmOf(customer('c1')), `at ${new Date(now).toISOString()}`).not.toBeNull();
      }

      const { items } = await partition().outcomes({ limit: 10 });
      expect(items.map(({ type, value }) => `${type} ${value.tableId}`).sort()).toEqual(['ReservationCancelled t1', 'ReservationConfirmed t2']);
      for (const { value } of items) {
        const { closesAt, watermark, now } = value.explanation as { closesAt: number; watermark: number; now: number };
        expect(closesAt).toBe(at('14:16'));
        expect(watermark).toBeGreaterThanOrEqual(closesAt);
        if (mode === 'clock') expect(now).toBeGreaterThanOrEqual(closesAt);
      }
      expect((await partition().status()).counts).toMatchObject({ open: 0, held: 0, outcomes: 2 });
    },
  );
});
