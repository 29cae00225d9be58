/** The world that the demo plays in. */
export interface DemoWorld {
  readonly seed: number;
  /** What the window of the served topology is, and the grace after it, ms: what late means. */
  readonly windowMs: number;
  readonly graceMs: number;
  /** Ms from one visit to the next, on average. */
  readonly everyMs: number;
  /** Of the retry topology; where they are absent, its defaults hold. */
  readonly capMs?: number | undefined;
  readonly maxAttempts?: number | undefined;
}

/** What one key does, from its first event to its last. */
export interface Visit {
  readonly kind: string;
  /** Ms until the next visit begins. */
  readonly untilNextMs: number;
  /** What is recorded, `afterMs` from the visit's beginning, rising. */
  readonly events: readonly DemoEvent[];
}

export interface DemoEvent {
  readonly afterMs: number;
  readonly key: string;
  readonly value: unknown;
}

/** The visit of a step: the same world and step give the same visit. */
export type VisitOf = (world: DemoWorld, step: number) => Visit;

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

/** `ada-1`, `ben-1` ... `ada-2`. */
export function nameOf(customer: number): string {
  return `${NAMES[customer % NAMES.length]}-${Math.floor(customer / NAMES.length) + 1}`;
}

/** Numbers that a visit is made of: whole ones of a range, and one of several kinds by weights that add up to 100. */
export interface Chance<Kind extends string> {
  readonly kind: Kind;
  within(from: number, to: number): number;
}

/** The chance of a step. */
export function chanceOf<Kind extends string>(seed: number, step: number, weights: Readonly<Record<Kind, number>>): Chance<Kind> {
  const random = generator(seed, step);
  const kind = pick(random(), weights);
  return { kind, within: (from, to) => Math.round(from + random() * (to - from)) };
}

/** Around `everyMs`. */
export function untilNext({ everyMs }: DemoWorld, { within }: Chance<string>): number {
  return Math.max(1, within(everyMs * 0.5, everyMs * 1.5));
}

/** How many keys there are, so that none comes again while a visit of its own, of at most `longestMs`, can still be going on: at least 50. */
export function keysFor({ everyMs }: DemoWorld, longestMs: number): number {
  return Math.max(50, Math.ceil((2.5 * longestMs) / everyMs));
}

function pick<Kind extends string>(random: number, weights: Readonly<Record<Kind, number>>): Kind {
  const kinds = Object.keys(weights) as Kind[];
  let left = random * 100;
  for (const kind of kinds) {
    left -= weights[kind];
    if (left < 0) return kind;
  }
  return kinds[0] as Kind;
}

/** Tommy Ettinger's mulberry32, seeded with both numbers; gives numbers in [0, 1). */
function generator(seed: number, step: number): () => number {
  let state = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(step + 1, 0xc2b2ae35);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
