import { MemoryStore } from '../../../src/stores/memory.ts';
import { Lab, type LabOptions } from '../../../web/src/lab/lab.ts';
import { DEFAULT_SETTINGS, type LabSettings } from '../../../web/src/lab/settings.ts';

export const MINUTE_MS = 60_000;

/** A lab over one store in memory, which outlives the engine. */
export function labOf(settings: Partial<LabSettings> = {}, options: Partial<LabOptions> = {}): Lab {
  const store = new MemoryStore();
  const openStore = () => Promise.resolve({ store, durability: { kind: 'indexeddb' } as const });
  return new Lab({ ...DEFAULT_SETTINGS, ...settings }, { openStore, ...options });
}

/** `ReservationConfirmed ada 7` and so on, in the order in which it was told. */
export function toldBy(lab: Lab): string[] {
  return lab.state.live.outcomes.map(
    ({ type, key, value }) => `${type} ${key} ${String(value.tableId)}${value.reason === undefined ? '' : ` ${String(value.reason)}`}`,
  );
}

/** Of the lab's clock, `14:50:00`. */
export function clock(at: number | null | undefined): string {
  return at === null || at === undefined ? '-' : new Date(at).toISOString().slice(11, 19);
}
