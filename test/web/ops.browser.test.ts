import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { buildPage } from '../../worker/start-page.ts';
import { findChromium } from '../support/chromium.ts';
import { ROOT } from '../support/source.ts';
import { System } from '../support/system.ts';
import { openPage } from './browser-page.ts';

const ARTIFACTS = join(ROOT, 'test', 'artifacts');
const INGEST = 'ingest-of-the-tests';
const VIEW = 'view-of-the-tests';

let browser: Browser;
const faults: string[] = [];

beforeAll(async () => {
  mkdirSync(ARTIFACTS, { recursive: true });
  await buildPage();
  browser = await chromium.launch(await findChromium());
}, 120_000);

afterEach(async () => {
  await Promise.all(browser.contexts().map((context) => context.close()));
  expect(faults.splice(0)).toEqual([]);
});

afterAll(() => browser?.close());

async function post(system: System, customerId: string, ...tableIds: readonly (string | number)[]): Promise<void> {
  const body = tableIds.map((tableId, i) => ({ id: `${customerId}-${i}`, type: 'CustomerRequestedTable', customerId, tableId }));
  expect((await system.fetch(`/v1/customers/${customerId}/events`, { method: 'POST', body, token: INGEST })).status).toBe(200);
}

async function signIn(page: Page, token: string): Promise<void> {
  await page.getByLabel('Token').fill(token);
  await page.getByLabel('Token').press('Enter');
}

it('T6, P6, P8, R4: an operator sees a held window and releases it, reads a dead letter, and a viewer can do neither but look', async () => {
  const system = await System.start({ ORIEL_WINDOW: '500ms', ORIEL_GRACE: '0' });
  await post(system, 'ann', '7');
  await post(system, 'bob', 7, 'x'.repeat(2_000));
  await post(system, 'carol', '9');
  const page = await openPage(browser, `${system.url}/ops`, faults);
  await page.getByText('This Worker asks for a token.').waitFor();
  await signIn(page, VIEW);
  const card = page.getByRole('region', { name: 'customer-events/0' });
  await card.getByText('held: no source has connected').waitFor();
  await card.getByText('Held windows', { exact: true }).click();
  await card.getByRole('row', { name: /ann 7 .* AWAITING_PAYMENT/ }).waitFor();

  const release = card.getByRole('button', { name: 'Release 2 held…' });
  const dialog = page.getByRole('dialog');
  await release.click();
  await dialog.getByRole('button', { name: 'Release', exact: true }).click();
  await page.getByText('Sign in with ORIEL_INGEST_TOKEN.').waitFor();
  expect(await page.locator('#note').innerText()).toContain('Not done. The right to operate is needed');

  await signIn(page, INGEST);
  await page.locator('#note').waitFor({ state: 'hidden' });
  await release.press('Enter');
  await page.screenshot({ path: join(ARTIFACTS, 'ops-dialog.png') });
  await page.keyboard.press('Escape');
  expect(await card.getByRole('row').count()).toBe(3);
  await card.getByText('Dead letters', { exact: true }).click();
  await card.getByRole('row', { name: /SCHEMA .* bob posted as bob-0 .*"tableId":7/ }).waitFor();
  await page.screenshot({ path: join(ARTIFACTS, 'ops-1440-light.png') });

  const narrow = await openPage(browser, `${system.url}/ops`, faults, {
    viewport: { width: 390, height: 844 },
    colorScheme: 'dark',
    storageState: await page.context().storageState(),
  });
  for (const name of ['Held windows', 'Dead letters']) await narrow.getByText(name, { exact: true }).click();
  await narrow.locator('td', { hasText: 'bob-0' }).first().waitFor();
  await narrow.screenshot({ path: join(ARTIFACTS, 'ops-390-dark.png'), fullPage: true });
  for (const one of [page, narrow]) expect(await one.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);

  await release.press('Enter');
  await dialog.getByRole('button', { name: 'Release', exact: true }).press('Enter');
  await page.getByText('Released 2 held windows of customer-events/0.').waitFor();
  await card.getByText('None.').first().waitFor();
  const outcomes = await system.get<{ items: { key: string; headers: { closedBy: string } }[] }>('/v1/outcomes/customer-events/0');
  expect(outcomes.items.map(({ key, headers }) => [key, headers.closedBy]).sort()).toEqual([
    ['ann', 'operator'],
    ['carol', 'operator'],
  ]);

  await card.getByRole('button', { name: 'Reset source…' }).click();
  await dialog.getByText('next offset none').waitFor();
  await dialog.getByRole('button', { name: 'Reset source' }).click();
  await page.getByText('whichever log connects next is accepted').first().waitFor();
});
