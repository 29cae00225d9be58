import { readFileSync } from 'node:fs';
import { type EventLine, requested } from '../support/events.ts';
import { amount } from './figures.ts';
import { IngestClient } from './ingest-client.ts';
import { BARE_CONFIG, quantile, TOKENS, withWorkers } from './ingest-host.ts';
import type { Row } from './table.ts';

/** Few enough for all to be there at once: an object that is idle for 10 s leaves memory. */
const OBJECTS = 2_000;
const WINDOWS = 3_000;
const ROUNDS = 3;

type Name = 'oriel' | 'bare';

/**
 * Resident memory of workerd by which it grows with each open window: of objects with one window each, all awake, and of one object with thousands. Garbage that was not
 * collected yet is in it, and so is what SQLite keeps in memory of each file.
 */
export async function objectRows(): Promise<readonly Row[]> {
  return withWorkers({ oriel: {}, bare: { config: BARE_CONFIG } }, async (urls, pids) => {
    const growth: { readonly of: string; readonly bytes: number }[] = [];
    for (const name of ['oriel', 'bare'] as const) {
      const client = await IngestClient.open({ url: urls[name], token: TOKENS.ORIEL_INGEST_TOKEN });
      const grow = async (shape: string, events: readonly EventLine[]): Promise<void> => {
        const before = residentBytes(pids[name]);
        await client.send(events);
        growth.push({ of: `${name} ${shape}`, bytes: (residentBytes(pids[name]) - before) / events.length });
      };
      await client.send(tablesOf('warm-up', WINDOWS));
      for (let round = 0; round < ROUNDS; round++) {
        await grow('objects', customersOf(`many-${round}`, OBJECTS));
        await grow('windows', tablesOf(`one-${round}`, WINDOWS));
      }
      client.close();
    }
    const of = (name: Name, shape: string): number => {
      const found = growth.filter((one) => one.of === `${name} ${shape}`);
      return quantile(
        found.map(({ bytes }) => bytes),
        0.5,
      );
    };
    const row = (figure: string, shape: string): Row => ({
      ...{ group: 'memory', figure, value: amount(of('oriel', shape)), beside: `bare objects: ${amount(of('bare', shape))}` },
      ratio: (of('oriel', shape) / of('bare', shape)).toFixed(2),
    });
    return [
      row(`resident bytes an open window, ${OBJECTS.toLocaleString('en')} awake objects with one each`, 'objects'),
      row(`resident bytes an open window, one object with ${WINDOWS.toLocaleString('en')}`, 'windows'),
    ];
  });
}

function customersOf(name: string, count: number): EventLine[] {
  const now = Date.now();
  return Array.from({ length: count }, (_, i) => requested(`${name}-${i}`, 'table', now));
}

function tablesOf(customer: string, count: number): EventLine[] {
  const now = Date.now();
  return Array.from({ length: count }, (_, i) => requested(customer, `table-${i}`, now));
}

/** Where the system does not tell it (it does on Linux), there is no figure. */
function residentBytes(pid: number): number {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1_024;
}
