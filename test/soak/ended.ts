import type { System } from '../support/system.ts';
import type { Ended } from './book.ts';

/** So many are asked at once. */
const LANES = 8;

/** How the records of these customers ended, as their objects tell it. */
export async function endedAtCustomers(system: System, customers: Iterable<string>): Promise<Map<string, Ended>> {
  const ended = new Map<string, Ended>();
  const left = customers[Symbol.iterator]();
  const ask = async () => {
    for (let { value, done } = left.next(); done !== true; { value, done } = left.next()) {
      const { counts } = await system.get<{ counts: Ended }>(`/v1/customers/${value}`);
      const { folded, late, rejected, waiting } = counts;
      ended.set(value, { folded, late, rejected, waiting });
    }
  };
  await Promise.all(Array.from({ length: LANES }, ask));
  return ended;
}
