import type { Bindings } from './bindings.ts';
import { faultOf, log } from './log.ts';
import { placesOf } from './served.ts';
import { servedTopology } from './topology.ts';

/** Objects called at the same time. */
const AT_ONCE = 32;

/**
 * What the cron trigger is for: where the Worker reads a gateway itself, every partition is called, so that one begins to read after the first deploy, and one whose alarm was lost goes on. Never rejects.
 */
export async function wakePulls(env: Bindings): Promise<void> {
  try {
    const { settings, pull } = servedTopology(env);
    if (pull === undefined) return;
    const places = placesOf(settings);
    for (let next = 0; next < places.length; next += AT_ONCE)
      await Promise.all(places.slice(next, next + AT_ONCE).map(({ topic, partition }) => wake(env, `${topic}/${partition}`)));
  } catch (error) {
    log('error', 'the schedule failed', faultOf(error));
  }
}

async function wake(env: Bindings, object: string): Promise<void> {
  try {
    await env.PARTITION.getByName(object).pull();
  } catch (error) {
    log('warn', 'a partition could not be called', { object, ...faultOf(error) });
  }
}
