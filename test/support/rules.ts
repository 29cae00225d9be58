import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, type SourceFile, sourcesOf } from './source.ts';

export interface Report {
  /** Rules that no test names. */
  readonly missing: readonly string[];
  /** Ids in titles that are no rule, each with its file. */
  readonly wrong: readonly string[];
  readonly rules: number;
}

/** The rule ids of a SPEC text, in its order. */
export function rulesOf(spec: string): string[] {
  return [...spec.matchAll(/^- \*\*([TWRDPBYZKV]\d+)\*\*/gm)].map((match) => match[1] as string);
}

/** The rule ids in a title: `'T1, W3a: ...'` → T1, W3; `'B1-B3: ...'` → B1, B2, B3. */
export function idsIn(title: string): string[] {
  return [...title.matchAll(/\b([TWRDPBYZKV])(\d+)(?:-(?:\1)?(\d+))?[a-e]?\b/g)].flatMap(([, letter, from, to]) => {
    const first = Number(from);
    return Array.from({ length: Number(to ?? from) - first + 1 }, (_, i) => `${letter}${first + i}`);
  });
}

/** The titles of the tests that run: those of `skip` and `todo` prove nothing. */
export function titlesOf(file: Pick<SourceFile, 'calls'>): string[] {
  return file.calls.flatMap(({ chain, text }) => {
    const isTest = ['it', 'test', 'describe'].includes(chain[0] ?? '') && !chain.includes('skip') && !chain.includes('todo');
    return isTest && text !== undefined ? [text] : [];
  });
}

export function report(spec: string, files: readonly Pick<SourceFile, 'path' | 'calls'>[]): Report {
  const rules = rulesOf(spec);
  const named = new Map<string, string>();
  for (const file of files) for (const title of titlesOf(file)) for (const id of idsIn(title)) named.set(id, file.path);
  return {
    rules: rules.length,
    missing: rules.filter((id) => !named.has(id)),
    wrong: [...named].flatMap(([id, path]) => (rules.includes(id) ? [] : [`${id} (${path}): no such rule`])),
  };
}

/** The report on this checkout. */
export function reportHere(): Report {
  const tests = sourcesOf('test').filter(({ path }) => path.endsWith('.test.ts'));
  return report(readFileSync(join(ROOT, 'test/SPEC.md'), 'utf8'), tests);
}
