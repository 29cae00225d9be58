import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../support/source.ts';
import { KINDS } from './hour.ts';
import { FOLDER, pictureOf } from './make.ts';

/** From minute to minute, when it closes, and how many records it has: told by hand. `+1` is a millisecond. */
const TOLD: Readonly<Record<string, readonly string[]>> = {
  anchored: ['12-27 until 30: 4', '42-57 until 60: 2'],
  tumbling: ['0-20 until 23: 3', '20-40 until 43: 1', '40-60 until 63: 2'],
  hopping: ['0-20 until 23: 3', '10-30 until 33: 4', '20-40 until 43: 1', '30-50 until 53: 2', '40-60 until 63: 2'],
  sliding: [
    '7-12 until 15+1: 1',
    '10-15 until 18+1: 2',
    '12+1-17+1 until 20+2: 1',
    '14-19 until 22+1: 2',
    '15+1-20+1 until 23+2: 1',
    '17-22 until 25+1: 2',
    '19+1-24+1 until 27+2: 1',
    '37-42 until 45+1: 1',
    '41-46 until 49+1: 2',
    '42+1-47+1 until 50+2: 1',
  ],
  session: ['12-22 until 29+1: 4', '42-46 until 53+1: 2'],
  unlimited: ['10-never until never: 6'],
  join: ['12-16 until 19+1: 1+2', '22-26 until 29+1: 3 alone', '42-46 until 49+1: 5+6'],
};

describe('the pictures of the kinds of windows', () => {
  it.each(KINDS)('$kind: show what the engine makes of the records', (kind) => {
    const told = kind.windows.map(({ start, end, closesAt, value }) => `${shown(start)}-${shown(end)} until ${shown(closesAt)}: ${value}`);
    expect(told).toEqual(TOLD[kind.kind]);
  });

  it.each(KINDS)('$kind: are what `npm run pictures` makes', (kind) => {
    const { path, svg } = pictureOf(kind);
    expect(readFileSync(join(ROOT, path), 'utf8')).toBe(svg);
  });

  it('are there for each kind, and for nothing else', () => {
    const kinds = readdirSync(join(ROOT, 'src/core/windows'), { withFileTypes: true }).flatMap(({ name }) =>
      name.endsWith('.ts') ? [name.replace('.ts', '.svg')] : [],
    );
    expect(readdirSync(join(ROOT, FOLDER)).sort()).toEqual(kinds.sort());
    expect(KINDS.length).toBe(kinds.length);
  });
});

function shown(minutes = Number.POSITIVE_INFINITY): string {
  if (minutes === Number.POSITIVE_INFINITY) return 'never';
  const ms = Math.round(minutes * 60_000);
  return `${Math.floor(ms / 60_000)}${ms % 60_000 === 0 ? '' : `+${ms % 60_000}`}`;
}
