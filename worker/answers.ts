import type { Answer, Confirmation } from '../src/durable-object.ts';
import type { LiveLate, LiveOutcome, LiveWindow } from '../src/protocol/live.ts';
import { outcomeOf } from '../src/protocol/outcome.ts';
import type { Deadline } from '../src/stores/durable-object.ts';
import { lateOf, letterOf } from './dead-letters.ts';
import { bump, type Ledger } from './ledger.ts';

/** What was stored, for whoever watches. */
export interface Stored {
  readonly windows: readonly Omit<LiveWindow, 'held'>[];
  readonly outcomes: readonly LiveOutcome[];
  readonly lates: readonly LiveLate[];
}

/** Windows that stand no more, as viewers are told: not where another one that they would take for the same has changed just now, as a session that has grown. */
function goneOf(forgotten: readonly Omit<LiveWindow, 'held'>[], changed: Stored['windows']): Stored['windows'] {
  if (forgotten.length === 0) return [];
  const names = new Set(changed.map(windowName));
  return forgotten.filter((window) => !names.has(windowName(window))).map((window) => ({ ...window, gone: true }));
}

/** As viewers tell windows apart. */
function windowName({ key, id, start }: Pick<LiveWindow, 'key' | 'id' | 'start'>): string {
  return JSON.stringify([key, id, start]);
}

/**
 * Stores what customers answered, within a transaction of the ledger: deadlines, outcomes, dead letters, counts. What a customer was last known to have stored here
 * (`confirmed`) is not stored again.
 */
export function storeAnswers(
  ledger: Ledger,
  answers: ReadonlyMap<string, Answer>,
  confirmed: ReadonlyMap<string, Confirmation>,
  now: number,
): Stored {
  const windows: Stored['windows'][number][] = [];
  const outcomes: LiveOutcome[] = [];
  const lates: LiveLate[] = [];
  const told: [string, Deadline][] = [];
  const gone = new Set<string>();
  for (const [key, { mail, deadlines, counted, confirmation, isElsewhere }] of answers) {
    if (isElsewhere === true) gone.add(key);
    const known = confirmed.get(key);
    const isNew = ({ seq }: { readonly seq: number }): boolean => known === undefined || known.life !== confirmation.life || seq > known.seq;
    bump(ledger.meta.records, 'folded/', counted.folded);
    bump(ledger.meta.records, 'duplicate/', counted.duplicate);
    ledger.meta.missed += counted.missed ?? 0;
    for (const deadline of deadlines.filter(isNew)) {
      told.push([key, deadline]);
      const { window, at } = deadline;
      if (window !== undefined) windows.push({ key, closesAt: at, ...window } as Stored['windows'][number]);
    }
    for (const item of mail.filter(isNew)) {
      if (item.kind === 'result') {
        outcomes.push(ledger.addOutcome(outcomeOf(item.result)));
        continue;
      }
      const ended = item.kind === 'late' ? item.late : item.rejected;
      const letter = letterOf(ended);
      ledger.deadLetters.add(letter, now);
      if (ended.record !== undefined) bump(ledger.meta.records, `${item.kind}/${ended.code}`);
      const { afterEnd, afterClose } = item.kind === 'late' ? item.late : { afterEnd: undefined, afterClose: undefined };
      lates.push({
        ...lateOf(letter),
        ...(afterEnd === undefined ? {} : { afterEnd }),
        ...(afterClose === undefined ? {} : { afterClose }),
      });
    }
  }
  windows.push(...goneOf(ledger.deadlines.put(told), windows));
  if (gone.size > 0) windows.push(...ledger.deadlines.dropAll(gone).map((window) => ({ ...window, gone: true as const })));
  return { windows, outcomes, lates };
}
