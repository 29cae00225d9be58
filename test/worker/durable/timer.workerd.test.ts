import { runDurableObjectAlarm } from 'cloudflare:test';
import { vi } from 'vitest';
import { AlarmTimer } from '../../../src/timers/alarm.ts';
import { Customer } from '../../../worker/customer.ts';
import { timerContract } from '../../timers/contract.ts';
import { alarmOf, customer, eventually, inside, setClock, useWorld } from './world.ts';

useWorld();

let objects = 0;

timerContract('the alarm of a Durable Object', async () => {
  const stub = customer(`timer ${objects++}`);
  const timer = await inside(stub, ({ storage }) => new AlarmTimer(storage));
  let ringing = false;
  vi.spyOn(Customer.prototype, 'alarm').mockImplementation(async () => {
    ringing = true;
    timer.fired();
    ringing = false;
  });
  // Storage belongs to its object: every call is made in there, one after the other; while the alarm rings, we are there.
  let calls: Promise<void> = Promise.resolve();
  return {
    timer: {
      arm: (at) => {
        if (ringing) timer.arm(at);
        else calls = calls.then(() => inside(stub, () => timer.arm(at)));
      },
      onWake: (handler) => timer.onWake(handler),
    },
    now: () => Date.now(),
    async advance(ms) {
      const to = Date.now() + ms;
      for (;;) {
        await calls;
        const alarm = await alarmOf(stub);
        if (alarm === null || alarm > to) break;
        if (alarm <= vi.getRealSystemTime()) {
          // Past by the platform's own clock: it rings by itself.
          await eventually(
            () => alarmOf(stub),
            (stored) => stored !== alarm,
          );
        } else {
          setClock(Math.max(Date.now(), alarm));
          await runDurableObjectAlarm(stub);
        }
      }
      setClock(to);
    },
  };
});
