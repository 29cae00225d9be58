import { z } from 'zod';
import { Action } from '../lab/action.ts';
import { LabSettings } from '../lab/settings.ts';
import { START } from '../lab/start.ts';

/** What a run of the lab can be made from again: its settings, what was done, and how far its clock had come. */
export const Journal = z.object({
  settings: LabSettings,
  actions: z.array(Action),
  /** The lab's clock, ms. */
  now: z.number().int(),
  running: z.boolean(),
  speed: z.number(),
});
export type Journal = z.infer<typeof Journal>;

const PLACE = 'oriel.lab';
/** Customers that have come in a run that is made again, at most: it takes a few seconds. */
const VISITS_MOST = 100_000;

/** Whether a run has not gone on for so long that a reload would rather begin the story anew than make it again. */
export function canBeMadeAgain({ settings: { customers, windowMs }, now }: Pick<Journal, 'settings' | 'now'>): boolean {
  return (customers * (now - START)) / windowMs <= VISITS_MOST;
}

/** The run that was written down last in this tab; `null` where there is none, or none that this release can read. */
export function readJournal(storage: () => Storage = () => sessionStorage): Journal | null {
  try {
    const text = storage().getItem(PLACE);
    return text === null ? null : (Journal.safeParse(JSON.parse(text)).data ?? null);
  } catch {
    return null;
  }
}

/** Writes a run down; where the reader has switched storage off, or it is full, a reload begins the story anew. */
export function writeJournal(journal: Journal, storage: () => Storage = () => sessionStorage): void {
  try {
    storage().setItem(PLACE, JSON.stringify(journal));
  } catch {}
}
