import { setTimeout as sleep } from 'node:timers/promises';
import type { System } from '../support/system.ts';
import type { Ended } from './book.ts';

/** So many are asked at once, and before it for so long none: each of them wakes, and one that is awake holds files open. */
const AT_ONCE = 20;
const REST_MS = 60;

/** How the records of these customers ended, as their objects tell it. */
export async function endedAtCustomers(system: System, customers: readonly string[]): Promise<Map<string, Ended>> {
  const ended: [string, Ended][] = [];
  for (let i = 0; i < customers.length; i += AT_ONCE) {
    // First, since a test that has just computed for long has yet to hear which of its connections were closed meanwhile.
    await sleep(REST_MS);
    const asked = customers.slice(i, i + AT_ONCE).map(async (customer) => {
      const { counts } = await system.get<{ counts: Ended }>(`/v1/customers/${customer}`);
      const { folded, late, rejected, waiting } = counts;
      return [customer, { folded, late, rejected, waiting }] as [string, Ended];
    });
    ended.push(...(await Promise.all(asked)));
  }
  return new Map(ended);
}
