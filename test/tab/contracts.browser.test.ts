import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { findChromium } from '../support/chromium.ts';
import { serveEntries } from '../support/in-page.ts';
import type { Ended } from '../support/in-page-vitest.ts';

const inPage = fileURLToPath(new URL('../support/in-page-vitest.ts', import.meta.url));

/** Runs the suites in a page, before any test here is collected: each test there is one here. */
async function runThere(): Promise<readonly Ended[]> {
  const [served, browser] = await Promise.all([
    serveEntries({ contracts: 'test/tab/page/contracts.ts' }, { vitest: inPage, 'node:util': inPage }),
    findChromium().then((found) => chromium.launch(found)),
  ]);
  try {
    const page = await browser.newPage();
    await page.goto(`${served.origin}/contracts.html`);
    await page.waitForFunction('globalThis.ended !== undefined');
    return (await page.evaluate('globalThis.ended')) as Ended[];
  } finally {
    await browser.close();
    await served.close();
  }
}

const ended = await runThere();

describe('V9, D1, D2, D8, D10, R6, T9, W7: in Chromium, on its IndexedDB', () => {
  it('all suites have run', () => {
    expect(ended.filter(({ title }) => title.startsWith('IndexedDB, as a store'))).toHaveLength(9);
    expect(ended.filter(({ title }) => title.startsWith('the timeout timer in a page'))).toHaveLength(6);
    expect(ended).toHaveLength(17);
  });

  it.each(ended)('$title', ({ failed }) => {
    expect(failed).toBeUndefined();
  });
});
