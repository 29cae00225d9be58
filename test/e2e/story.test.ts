import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { freePort, launch } from '../support/launcher.ts';
import { ROOT } from '../support/source.ts';

const STORY = join(ROOT, 'test/fixtures/story.ndjson');
const OUTCOMES = join(ROOT, 'test/fixtures/story.outcomes.ndjson');

interface Told {
  readonly id: string;
  readonly value: { readonly explanation: Record<string, unknown> };
}

function lines(text: string): Told[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Told);
}

/** As a set by id, without what R6 exempts. */
function setOf(outcomes: readonly Told[]): Record<string, unknown> {
  return Object.fromEntries(
    outcomes.map((outcome) => {
      const { seq: _, value, ...kept } = outcome as Told & { seq?: string };
      const { now: _now, watermark: _watermark, ...explanation } = value.explanation;
      return [outcome.id, { ...kept, value: { ...value, explanation } }];
    }),
  );
}

/** A day of it in four seconds. */
const FINITE_SPEED = '20000';

it.each(['max', FINITE_SPEED])(
  'B1-B7, B9, R6: the story, replayed at speed %s, ends by itself with exactly its outcomes',
  async (speed) => {
    const launcher = launch(['--port', String(await freePort()), '--replay', STORY, '--speed', speed]);

    expect({ code: await launcher.ended, said: launcher.said.stderr }).toMatchObject({ code: 0 });
    const told = lines(launcher.said.stdout);
    expect(setOf(told)).toEqual(setOf(lines(readFileSync(OUTCOMES, 'utf8'))));
    expect(new Set(told.map(({ id }) => id)).size).toBe(told.length);
  },
  120_000,
);
