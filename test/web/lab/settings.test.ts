import { describe, expect, it } from 'vitest';
import { DEFAULT_SETTINGS, labSettings, searchOf } from '../../../web/src/lab/settings.ts';

describe('the permalink of the lab', () => {
  it('gives back what it was made of, and says nothing of defaults', () => {
    const settings = { story: 'behind', seed: 4_294_967_295, windowMs: 30_000, graceMs: 0, customers: 10_000, speed: 2.5 } as const;
    const search = searchOf(settings);
    expect(search).toBe('story=behind&seed=4294967295&window=30000&grace=0&customers=10000&speed=2.5');
    expect(labSettings(new URLSearchParams(search))).toEqual({ settings, faults: [] });
    expect(searchOf(DEFAULT_SETTINGS)).toBe('');
    expect(labSettings(new URLSearchParams('topic=x'))).toEqual({ settings: DEFAULT_SETTINGS, faults: [] });
  });

  it.each([
    ['story=morning', 'story=morning was given; the rule is one of evening, boundary, idle, late, behind, asleep. evening is taken instead.'],
    ['seed=-1', 'seed=-1 was given; the rule is a whole number from 0 to 4294967295. 1 is taken instead.'],
    ['seed=4294967296', 'seed=4294967296 was given; the rule is a whole number from 0 to 4294967295. 1 is taken instead.'],
    ['window=999', 'window=999 was given; the rule is whole ms from 1000 (1 s) to 86400000 (24 h). 900000 is taken instead.'],
    ['grace=1.5', 'grace=1.5 was given; the rule is whole ms from 0 to 86400000 (24 h). 60000 is taken instead.'],
    ['customers=', 'customers= was given; the rule is a whole number from 1 to 10000. 10 is taken instead.'],
    ['speed=1e3', 'speed=1e3 was given; the rule is a number from 1 to 1000. 60 is taken instead.'],
  ])('takes the default for %s, and says so', (search, fault) => {
    expect(labSettings(new URLSearchParams(search))).toEqual({ settings: DEFAULT_SETTINGS, faults: [fault] });
  });
});
