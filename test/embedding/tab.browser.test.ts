import { join } from 'node:path';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { build } from 'vite';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { findChromium } from '../support/chromium.ts';
import { ROOT } from '../support/source.ts';

const EXAMPLE = join(ROOT, 'web/examples/tab.html');
const STANDALONE = join(ROOT, 'test/artifacts/standalone');
/** Nothing listens there: all that the page loads is given from files, and a copy of the example has no other needs. */
const ORIGIN = 'http://localhost:9';

let context: BrowserContext;
const faults: string[] = [];
const asked: string[] = [];

async function opened(): Promise<Page> {
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('console', (message) => message.type() === 'error' && faults.push(message.text()));
  await page.goto(`${ORIGIN}/tab.html`);
  return page;
}

function open(page: Page, hasText: RegExp) {
  return page.locator('ul > li', { hasText }).waitFor();
}

beforeAll(async () => {
  await build({ configFile: join(ROOT, 'test/packing/standalone.config.ts'), logLevel: 'warn', build: { outDir: STANDALONE } });
  const browser = await chromium.launch(await findChromium());
  context = await browser.newContext();
  await context.route('**/*', (route) => {
    const { pathname } = new URL(route.request().url());
    asked.push(pathname);
    if (pathname === '/favicon.ico') return route.fulfill({ status: 204 });
    return route.fulfill({ path: pathname === '/tab.html' ? EXAMPLE : join(STANDALONE, pathname.replace('/standalone/', '')) });
  });
  await context.clock.install({ time: Date.UTC(2026, 0, 5, 14, 0) });
}, 120_000);

afterAll(() => context?.browser()?.close());

it('T7, W1: runs as it stands: who pays in time keeps the table, through a reload and in a second tab, and who does not loses it on time', async () => {
  const page = await opened();
  const ask = page.getByRole('button', { name: 'ask' });
  await ask.click();
  await open(page, /^ann: AWAITING_PAYMENT, closes in 9[56]\d s$/);
  await page.getByLabel('customer').fill('bob');
  await ask.click();
  await open(page, /bob: AWAITING_PAYMENT/);

  await context.clock.fastForward('05:00');
  await open(page, /^bob: AWAITING_PAYMENT, closes in 6\d\d s$/);
  await page.reload();
  await open(page, /^bob: AWAITING_PAYMENT, closes in 6\d\d s$/);

  const second = await opened();
  await open(second, /ann: AWAITING_PAYMENT/);
  await second.getByRole('button', { name: 'pay' }).click();
  await open(page, /ann: PAID_FOR/);

  await context.clock.fastForward('11:00');
  for (const each of [page, second]) {
    await each.locator('ol > li').nth(1).waitFor();
    expect(await each.locator('ol > li').allInnerTexts()).toEqual(['ann: ReservationConfirmed', 'bob: ReservationCancelled']);
    await each.locator('ul > li').first().waitFor({ state: 'detached' });
  }
  expect(faults).toEqual([]);
  expect(asked.filter((path) => path.endsWith('.html')).length).toBe(3);
});
