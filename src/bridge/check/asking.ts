import type { Dial, Ended } from '../session/transport.ts';

/** What came of a request: an answer, or none. `body` is what it held as JSON, `undefined` where it held none. */
export type Answer = { readonly status: number; readonly body: unknown } | { readonly failed: unknown };

const TIMEOUT_MS = 10_000;

export async function ask(url: string, token: string | undefined, fetch: typeof globalThis.fetch): Promise<Answer> {
  const headers = token === undefined ? {} : { Authorization: `Bearer ${token}` };
  try {
    const response = await fetch(url, { headers, redirect: 'manual', signal: AbortSignal.timeout(TIMEOUT_MS) });
    const text = await response.text();
    return { status: response.status, body: jsonOf(text) };
  } catch (failed) {
    return { failed };
  }
}

/**
 * Opens the socket of a partition and closes it without a word. Nothing is taken over by that: a Worker knows of a bridge from its `hello` on.
 * @returns `open`, or how it ended before
 */
export function tryUpgrade(dial: Dial): Promise<'open' | Ended> {
  return new Promise((resolve) => {
    const transport = dial({
      open: () => {
        resolve('open');
        transport.close(1000, '');
      },
      text: () => undefined,
      ended: resolve,
    });
  });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
