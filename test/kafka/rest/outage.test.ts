import { describe, expect, it } from 'vitest';
import { sharedConnection } from '../broker/shared.ts';
import { BACK_MS, SETTINGS, settled, Visit } from '../visit.ts';
import { kindOf, strimziKind } from './gateways.ts';
import { begun, MODES, startRestSystem } from './rest-system.ts';

const TIMEOUT_MS = 280_000;

type Outages = Readonly<Record<string, readonly [begin: () => unknown, end: () => unknown]>>;

describe.concurrent.for([strimziKind(), kindOf('confluent')])('B8, T6, T7, K8: through $name', (kind) => {
  it.concurrent.for(MODES)(
    'a gateway that is stopped, killed or frozen, and comes back without its consumer instances, costs nobody a paid reservation, and no window its end, read by %s',
    {
      timeout: TIMEOUT_MS,
    },
    async (mode, { onTestFinished: atEnd }) => {
      const gateway = await kind.start(sharedConnection());
      atEnd(() => gateway.close());
      const system = await startRestSystem(gateway, mode, { atEnd, settings: SETTINGS });
      const bridge = await begun(system, mode);
      const outages: Outages = {
        stopped: [() => gateway.stop(), () => gateway.start()],
        killed: [() => gateway.kill(), () => gateway.start()],
        frozen: [() => gateway.pause(), () => gateway.resume()],
      };
      const visits: Visit[] = [];
      for (const [name, [begin, end]] of Object.entries(outages)) {
        const visit = await Visit.begin(system, name);
        await begin();
        await visit.pay();

        await visit.held();
        if (mode === 'pull')
          await system.until('the Worker to say what it waits for', async () => (await system.standing()).source.stalled !== null, BACK_MS);

        await end();
        visits.push(visit);
        await settled(system, visits);
        if (mode === 'pull') expect((await system.standing()).source.stalled).toBeNull();
      }
      if (bridge !== undefined) expect(bridge.said().stderr).toMatch(/windows are held until then/);
    },
  );
});

it.concurrent('B8, T6, T7, K8: a bridge that is stopped, killed or frozen before a gateway costs nobody a paid reservation, and no window its end', {
  timeout: TIMEOUT_MS,
}, async ({ onTestFinished: atEnd }) => {
  const gateway = await kindOf('karapace').start(sharedConnection());
  atEnd(() => gateway.close());
  const system = await startRestSystem(gateway, 'bridge', { atEnd, settings: SETTINGS });
  let bridge = await begun(system, 'bridge');
  const again = async () => {
    bridge = await begun(system, 'bridge');
  };
  const signal = (name: NodeJS.Signals) => process.kill(bridge?.pid ?? 0, name);
  const outages: Outages = {
    stopped: [() => bridge?.stop(), again],
    killed: [() => bridge?.kill(), again],
    frozen: [() => signal('SIGSTOP'), () => signal('SIGCONT')],
  };
  const visits: Visit[] = [];
  for (const [name, [begin, end]] of Object.entries(outages)) {
    const visit = await Visit.begin(system, name);
    await begin();
    await visit.pay();

    await visit.held();
    if (name !== 'frozen') expect((await system.standing()).source).toMatchObject({ connected: false });

    await end();
    visits.push(visit);
    await settled(system, visits);
  }
});

describe.concurrent.for([kindOf('redpanda'), strimziKind()])('B8, T6, T7, D1, K12: through $name', (kind) => {
  it.concurrent.for(MODES)(
    'a Worker that is killed costs nobody a paid reservation, and no window its end, read by %s',
    {
      timeout: TIMEOUT_MS,
    },
    async (mode, { onTestFinished: atEnd }) => {
      const gateway = await kind.start(sharedConnection());
      atEnd(() => gateway.close());
      const system = await startRestSystem(gateway, mode, { atEnd, settings: SETTINGS });
      await begun(system, mode);
      const visit = await Visit.begin(system, 'worker');
      await system.system.crashWorker();
      await visit.pay();
      await visit.longEnough();

      // The gateway is late to come back: until then the windows are held.
      gateway.pause();
      await system.system.startWorker();
      await visit.held();
      gateway.resume();
      await settled(system, [visit]);

      // Now nobody asks the Worker anything before it is done.
      const another = await Visit.begin(system, 'again');
      await system.system.crashWorker();
      await another.pay();
      await system.system.startWorker();
      await settled(system, [visit, another]);
    },
  );
});
