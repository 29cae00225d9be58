/** Stands in for `vitest` inside a page: contract suites are collected here, and run there. Has what they use. */

interface Collected {
  readonly title: string;
  readonly run: () => unknown;
}

/** How a test ended: with nothing, or with why it failed. */
export interface Ended {
  readonly title: string;
  readonly failed?: string;
}

const collected: Collected[] = [];
const within: string[] = [];

export function describe(title: string, define: () => void): void {
  within.push(title);
  define();
  within.pop();
}

type Test = (title: string, run: () => unknown) => void;

export const it: Test & { skipIf(skips: boolean): Test } = Object.assign(
  (title: string, run: () => unknown): void => {
    collected.push({ title: [...within, title].join(' > '), run });
  },
  { skipIf: (skips: boolean): Test => (skips ? () => undefined : it) },
);

/** Runs all that has been collected, one after another. */
export async function runCollected(): Promise<Ended[]> {
  const ended: Ended[] = [];
  for (const { title, run } of collected.splice(0)) {
    try {
      await run();
      ended.push({ title });
    } catch (error) {
      ended.push({ title, failed: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    }
  }
  return ended;
}

export function expect(actual: unknown, about = '') {
  const must = (holds: boolean, rule: string, expected?: unknown): void => {
    if (!holds) throw new Error(`${about} ${shown(actual)} ${rule} ${expected === undefined ? '' : shown(expected)}`.trim());
  };
  return {
    toBe: (expected: unknown) => must(Object.is(actual, expected), 'is not', expected),
    toEqual: (expected: unknown) => must(equal(actual, expected), 'does not equal', expected),
    toHaveLength: (length: number) => must((actual as ArrayLike<unknown>).length === length, 'has not the length', length),
    rejects: {
      toThrow: async (text: string) => {
        const error = await (actual as Promise<unknown>).then(
          () => undefined,
          (thrown: unknown) => thrown,
        );
        must(error instanceof Error && error.message.includes(text), `was not rejected with ${JSON.stringify(text)}, but with`, String(error));
      },
    },
  };
}

/** Deep equality of plain data, in which an absent property and an undefined one are the same. */
export function equal(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((one, i) => equal(one, b[i]));
  const [one, other] = [a as Record<string, unknown>, b as Record<string, unknown>];
  return [...new Set([...Object.keys(one), ...Object.keys(other)])].every((name) => equal(one[name], other[name]));
}

export { equal as isDeepStrictEqual };

function shown(value: unknown): string {
  return (JSON.stringify(value) ?? String(value)).slice(0, 1_000);
}
