import { at } from './evening-clock.ts';

export type EventType = 'CustomerRequestedTable' | 'CustomerPaidForTable' | 'CustomerCancelledReservation';

/** One event of the story. `delay`: how long after its instant it stands in the log, ms. */
export interface Visit {
  readonly customerId: string;
  readonly tableId: string;
  readonly type: EventType;
  readonly timestamp: number;
  readonly delay: number;
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const WINDOW = 15 * MINUTE;
const GRACE = MINUTE;

const [REQUESTS, PAYS, CANCELS] = ['CustomerRequestedTable', 'CustomerPaidForTable', 'CustomerCancelledReservation'] as const;

/** Those whom the documents tell of, and the exact instants at which something turns. */
export function namedVisits(): Visit[] {
  const visit = (customerId: string, type: EventType, time: string | number, { tableId = 'table-1', delay = 200 } = {}): Visit => ({
    customerId,
    tableId,
    type,
    timestamp: typeof time === 'string' ? at(time) : time,
    delay,
  });
  const frank = at('19:30');
  return [
    visit('Joe', REQUESTS, '13:30'),
    visit('Alice', REQUESTS, '14:00'),
    visit('Alice', PAYS, '14:10'),
    visit('Bob', REQUESTS, '15:05'),
    visit('Bob', PAYS, '15:17'),
    visit('Carol', REQUESTS, '16:00'),
    visit('Carol', PAYS, '16:20'),
    visit('Dave', REQUESTS, '17:00', { delay: 40 * SECOND }),
    visit('Dave', PAYS, '17:00:10'),
    visit('David', PAYS, '17:30'),
    visit('David', REQUESTS, '17:30:30'),
    visit('Eve', REQUESTS, '18:00', { tableId: 'table-2' }),
    visit('Eve', REQUESTS, '18:05', { tableId: 'table-3' }),
    visit('Eve', PAYS, '18:10', { tableId: 'table-3' }),
    visit('Gina', REQUESTS, '20:30'),
    visit('Gina', CANCELS, '20:35'),
    visit('Gina', PAYS, '20:40'),
    visit('Trent', REQUESTS, '19:00', { delay: 20 * MINUTE }),
    ...Array.from({ length: 20 }, (_, i) => visit('Ruth', REQUESTS, at('20:00') + i * 10 * SECOND)),
    visit('Ruth', PAYS, '20:14'),
    visit('Frank at the end', REQUESTS, frank),
    visit('Frank at the end', PAYS, frank + WINDOW),
    visit('Frank before the end', REQUESTS, frank),
    visit('Frank before the end', PAYS, frank + WINDOW - 1),
    visit('Frank at the start', REQUESTS, frank),
    visit('Frank at the start', PAYS, frank),
    visit('Frank by the grace', PAYS, frank - GRACE, { delay: 0 }),
    visit('Frank by the grace', REQUESTS, frank, { delay: 0 }),
    visit('Frank within the grace', PAYS, frank - GRACE + 1, { delay: 0 }),
    visit('Frank within the grace', REQUESTS, frank, { delay: 0 }),
    visit('Frank past the grace', PAYS, frank - GRACE - 1, { delay: 0 }),
    visit('Frank past the grace', REQUESTS, frank, { delay: 0 }),
    visit('Frank again at the end', REQUESTS, frank),
    visit('Frank again at the end', REQUESTS, frank + WINDOW),
    visit('Frank again at the end', PAYS, frank + WINDOW + 1),
    visit('Frank again at once', REQUESTS, frank),
    visit('Frank again at once', CANCELS, frank),
    visit('Frank again at once', REQUESTS, frank, { delay: 300 }),
    visit('Frank again at once', CANCELS, frank, { delay: 400 }),
  ];
}

const NAMES = [
  'Ada',
  'Bj\u00f6rn',
  'Chlo\u00e9',
  '\u0414\u0430\u0440\u044c\u044f',
  '\u738b\u82b3',
  'Jos\u00e9',
  '\u0141ukasz',
  '\u05e0\u05d5\u05e2\u05d4',
  'Zo\u00eb',
  '\u{1f980}',
  '\uff2b\uff45\uff4e',
  "O'Brien",
];

/** A thousand others, none of whom knows of the rest: the same ones for the same seed. */
export function otherVisits(seed: number, customers = 1_000): Visit[] {
  const random = numbers(seed);
  const between = (least: number, most: number): number => Math.floor(least + random() * (most - least));
  const delay = (): number => {
    const kind = random();
    return kind < 0.7 ? between(0, 2 * SECOND) : kind < 0.95 ? between(2 * SECOND, 20 * SECOND) : between(20 * SECOND, 55 * SECOND);
  };
  const visits: Visit[] = [];
  for (let i = 0; i < customers; i++) {
    const customerId = `${NAMES[i % NAMES.length]}-${i}`;
    const tableId = `table-${between(1, 40)}`;
    const start = between(at('08:00'), at('22:30'));
    const says = (type: EventType, after: number, table = tableId): void => {
      const visit = { customerId, tableId: table, type, timestamp: start + after, delay: delay() };
      visits.push(visit);
      if (random() < 0.02) visits.push({ ...visit, timestamp: visit.timestamp + between(0, SECOND), delay: delay() });
    };
    const inTime = (least = 5 * SECOND): number => between(least, WINDOW - 5 * SECOND);
    BEHAVIOURS[pick(random)]?.({ says, inTime, between });
  }
  return visits;
}

interface Script {
  readonly says: (type: EventType, after: number, table?: string) => void;
  readonly inTime: (least?: number) => number;
  readonly between: (least: number, most: number) => number;
}

/** How many in a hundred do what. */
const SHARES = {
  pays: 40,
  leaves: 14,
  paysLate: 8,
  cancels: 6,
  cancelsPaid: 5,
  cancelsConfirmed: 4,
  paysTwice: 4,
  paysAgainLater: 3,
  repeats: 5,
  paysUnasked: 3,
  returns: 5,
  twoTables: 3,
};

function pick(random: () => number): keyof typeof SHARES {
  let rest = random() * 100;
  for (const [name, share] of Object.entries(SHARES)) {
    rest -= share;
    if (rest < 0) return name as keyof typeof SHARES;
  }
  return 'pays';
}

const BEHAVIOURS: Readonly<Record<keyof typeof SHARES, (script: Script) => void>> = {
  pays: ({ says, inTime }) => {
    says(REQUESTS, 0);
    says(PAYS, inTime());
  },
  leaves: ({ says }) => says(REQUESTS, 0),
  paysLate: ({ says, between }) => {
    says(REQUESTS, 0);
    says(PAYS, between(WINDOW, WINDOW + 30 * MINUTE));
  },
  cancels: ({ says, inTime }) => {
    says(REQUESTS, 0);
    says(CANCELS, inTime());
  },
  cancelsPaid: ({ says, inTime }) => {
    const paid = inTime() / 2;
    says(REQUESTS, 0);
    says(PAYS, Math.floor(paid));
    says(CANCELS, Math.floor(paid) + 4 * MINUTE);
  },
  cancelsConfirmed: ({ says, inTime, between }) => {
    says(REQUESTS, 0);
    says(PAYS, inTime());
    says(CANCELS, between(20 * MINUTE, 60 * MINUTE));
  },
  paysTwice: ({ says, inTime }) => {
    says(REQUESTS, 0);
    says(PAYS, inTime());
    says(PAYS, inTime());
  },
  paysAgainLater: ({ says, inTime, between }) => {
    says(REQUESTS, 0);
    says(PAYS, inTime());
    says(PAYS, between(WINDOW, WINDOW + 30 * MINUTE));
  },
  repeats: ({ says, inTime }) => {
    says(REQUESTS, 0);
    says(REQUESTS, inTime());
    says(REQUESTS, WINDOW + inTime());
    says(PAYS, WINDOW + inTime(10 * MINUTE));
  },
  paysUnasked: ({ says }) => says(PAYS, 0),
  returns: ({ says, inTime }) => {
    const cancelled = Math.floor(inTime() / 3);
    says(REQUESTS, 0);
    says(CANCELS, cancelled);
    says(REQUESTS, cancelled + 2 * MINUTE);
    says(PAYS, cancelled + 2 * MINUTE + inTime());
  },
  twoTables: ({ says, inTime }) => {
    says(REQUESTS, 0);
    says(REQUESTS, MINUTE, 'table-99');
    says(PAYS, inTime(2 * MINUTE), 'table-99');
  },
};

/** Numbers in [0, 1), the same for the same seed: Marsaglia's xorshift of 32 bits. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
