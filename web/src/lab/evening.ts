import { chanceOf, pick, within } from './chance.ts';
import type { LabSettings } from './settings.ts';
import { START } from './start.ts';
import type { EventType } from './state.ts';
import type { Happening, Visit, World } from './world.ts';

const NAMES = [
  'ada',
  'ben',
  'cleo',
  'dora',
  'emil',
  'fay',
  'gus',
  'hana',
  'ivo',
  'june',
  'kai',
  'lena',
  'milo',
  'nora',
  'otto',
  'pia',
  'quin',
  'rosa',
  'sam',
  'tess',
];

/** How often, of a hundred. `overtaken`: the payment stands in the log before the request. `straggling`: paid in time, and in the log only after the window has closed. */
const KINDS = [
  ['pays', 58],
  ['forgets', 14],
  ['cancels', 8],
  ['paysTwice', 4],
  ['paysLate', 5],
  ['overtaken', 6],
  ['straggling', 5],
] as const;

/** How long an event is on its way to the log: mostly seconds, sometimes a good part of the grace. */
const WAYS = [
  ['seconds', 92],
  ['minutes', 8],
] as const;

/**
 * Customers who come for as long as anybody looks, made of the seed: about `customers` of them have a window open at a time. Each visit is a table asked for, and what
 * becomes of it.
 */
export function evening({ seed, windowMs, graceMs, customers }: Omit<LabSettings, 'story' | 'speed'>): World {
  const everyMs = Math.max(1, (windowMs + graceMs) / customers);
  // Nobody comes again while a window of theirs can be open.
  const people = Math.max(NAMES.length, customers * 3);
  const tables = Math.max(12, customers * 2 + 1);
  let known = { step: -1, start: START };

  /** Visits are asked for in order; another order costs a walk from the first. */
  function startOf(step: number): number {
    if (step < known.step) known = { step: -1, start: START };
    while (known.step < step) {
      const pause = known.step === -1 ? 0.2 : 0.4 + 1.2 * chanceOf(seed, known.step + 1)();
      known = { step: known.step + 1, start: known.start + Math.max(1, Math.round(everyMs * pause)) };
    }
    return known.start;
  }

  return {
    commands: [],
    visit(step) {
      const start = startOf(step);
      const random = chanceOf(seed, step);
      random();
      const kind = pick(random, KINDS);
      const key = nameOf(step % people, people);
      const table = String(1 + (step % tables));
      const happenings: Happening[] = [];
      const add = (type: EventType, afterMs: number, delayMs = way(random, graceMs)): void => {
        const timestamp = start + Math.round(afterMs);
        happenings.push({ key, table, type, timestamp, appended: timestamp + Math.round(delayMs) });
      };
      const paysAfter = windowMs * (0.08 + 0.8 * random());
      const { requestDelay, rest } = courseOf(kind, { random, windowMs, graceMs, paysAfter });
      add('CustomerRequestedTable', 0, requestDelay);
      for (const [type, afterMs, delayMs] of rest) add(type, afterMs, delayMs);
      return { start, happenings } satisfies Visit;
    },
  };
}

interface Course {
  readonly requestDelay?: number;
  readonly rest: readonly (readonly [type: EventType, afterMs: number, delayMs?: number])[];
}

function courseOf(
  kind: (typeof KINDS)[number][0],
  { random, windowMs, graceMs, paysAfter }: { random: () => number; windowMs: number; graceMs: number; paysAfter: number },
): Course {
  switch (kind) {
    case 'pays':
      return { rest: [['CustomerPaidForTable', paysAfter]] };
    case 'forgets':
      return { rest: [] };
    case 'cancels':
      // Every other one has paid before.
      return random() < 0.5
        ? { rest: [['CustomerCancelledReservation', paysAfter]] }
        : {
            rest: [
              ['CustomerPaidForTable', paysAfter * 0.6],
              ['CustomerCancelledReservation', paysAfter],
            ],
          };
    case 'paysTwice':
      return {
        rest: [
          ['CustomerPaidForTable', paysAfter * 0.9],
          ['CustomerPaidForTable', paysAfter],
        ],
      };
    case 'paysLate':
      return { rest: [['CustomerPaidForTable', windowMs + (graceMs + windowMs * 0.1) * random()]] };
    case 'overtaken': {
      // Within the grace, since nothing waits for longer.
      const payment = Math.min(windowMs * 0.2, graceMs * 0.3);
      return { requestDelay: payment + graceMs * (0.2 + 0.2 * random()), rest: [['CustomerPaidForTable', payment, 0]] };
    }
    case 'straggling': {
      const left = windowMs * 0.3 * random();
      return { rest: [['CustomerPaidForTable', windowMs - left - 1, left + graceMs * (1.1 + random()) + 2_000]] };
    }
  }
}

function way(random: () => number, graceMs: number): number {
  return pick(random, WAYS) === 'seconds' ? within(random, 150, 4_000) : within(random, 4_000, Math.max(4_000, Math.round(graceMs * 0.9)));
}

/** `ada`, `ben`...; where there are more people than names, `ada-1`, `ben-1`... `ada-2`. */
function nameOf(person: number, people: number): string {
  const name = NAMES[person % NAMES.length] as string;
  return people <= NAMES.length ? name : `${name}-${Math.floor(person / NAMES.length) + 1}`;
}
