import { describe, expect, it } from 'vitest';
import { modeOf } from '../../web/src/mode.ts';

describe('where the pipeline runs that the page shows', () => {
  it.each([
    ['', 'tab'],
    ['?story=idle&seed=3', 'tab'],
    ['?in=tab', 'tab'],
    ['?in=tab&topic=orders', 'tab'],
    ['?in=objects', 'objects'],
    ['?topic=orders', 'objects'],
    ['?partition=2', 'objects'],
    ['?in=mars', 'tab'],
  ])('P9: %s', (search, mode) => {
    expect(modeOf(search)).toBe(mode);
  });
});
