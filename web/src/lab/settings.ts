import { z } from 'zod';

/** What a permalink holds of the lab: the same settings give the same evening. Durations in ms. */
export interface LabSettings {
  /** What the customers do: an evening made of the seed, or one of the short stories. */
  readonly story: StoryName;
  /** Of the evening, a whole number from 0 to 2^32 - 1. */
  readonly seed: number;
  /** The time to pay; default 15 min, 1 s to 24 h. */
  readonly windowMs: number;
  /** Default 1 min, 0 to 24 h. */
  readonly graceMs: number;
  /** Customers with a window open at a time, about; default 10, 1 to 10,000. */
  readonly customers: number;
  /** Ms of the lab's clock in one of the reader's; default 60, 1 to 1,000. */
  readonly speed: number;
}

/** `boundary`: the request at 14:59. `idle`: nobody comes after. `late`: a payment that comes too late. `behind`: a payment waits in the log. `asleep`: a night. */
export type StoryName = (typeof STORY_NAMES)[number];

export const STORY_NAMES = ['evening', 'boundary', 'idle', 'late', 'behind', 'asleep'] as const;

export const DEFAULT_SETTINGS: LabSettings = Object.freeze({
  story: 'evening',
  seed: 1,
  windowMs: 900_000,
  graceMs: 60_000,
  customers: 10,
  speed: 60,
});

const DAY_MS = 86_400_000;

/** Rules and, for people, what they say. */
const RULES = {
  story: [z.enum(STORY_NAMES), `one of ${STORY_NAMES.join(', ')}`],
  seed: [whole(0, 4_294_967_295), 'a whole number from 0 to 4294967295'],
  windowMs: [whole(1_000, DAY_MS), 'whole ms from 1000 (1 s) to 86400000 (24 h)'],
  graceMs: [whole(0, DAY_MS), 'whole ms from 0 to 86400000 (24 h)'],
  customers: [whole(1, 10_000), 'a whole number from 1 to 10000'],
  speed: [z.number().min(1).max(1_000), 'a number from 1 to 1000'],
} as const;

/** What every settings object must be, wherever it comes from. */
export const LabSettings = z.object({
  story: RULES.story[0],
  seed: RULES.seed[0],
  windowMs: RULES.windowMs[0],
  graceMs: RULES.graceMs[0],
  customers: RULES.customers[0],
  speed: RULES.speed[0],
});

/** The names in an address. */
const NAMES = { story: 'story', seed: 'seed', windowMs: 'window', graceMs: 'grace', customers: 'customers', speed: 'speed' } as const;

type Name = keyof typeof NAMES;

/** Settings out of an address. `faults`: what was given and could not be, a sentence each; there the default stands. */
export function labSettings(search: URLSearchParams): { readonly settings: LabSettings; readonly faults: readonly string[] } {
  const faults: string[] = [];
  const read = <N extends Name>(name: N): LabSettings[N] => {
    const given = search.get(NAMES[name]);
    if (given === null) return DEFAULT_SETTINGS[name];
    const [schema, rule] = RULES[name];
    const parsed = schema.safeParse(name === 'story' ? given : /^\d+(\.\d+)?$/.test(given) ? Number(given) : undefined);
    if (parsed.success) return parsed.data as LabSettings[N];
    faults.push(`${NAMES[name]}=${given.slice(0, 40)} was given; the rule is ${rule}. ${DEFAULT_SETTINGS[name]} is taken instead.`);
    return DEFAULT_SETTINGS[name];
  };
  const settings = {
    story: read('story'),
    seed: read('seed'),
    windowMs: read('windowMs'),
    graceMs: read('graceMs'),
    customers: read('customers'),
    speed: read('speed'),
  };
  return { settings, faults };
}

/** The part of an address that gives these settings again: what is not as by default, `''` where all is. */
export function searchOf(settings: LabSettings): string {
  const search = new URLSearchParams();
  for (const name of Object.keys(NAMES) as Name[]) if (settings[name] !== DEFAULT_SETTINGS[name]) search.set(NAMES[name], String(settings[name]));
  return search.toString();
}

function whole(least: number, most: number) {
  return z.number().int().min(least).max(most);
}
