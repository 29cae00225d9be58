import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { build } from 'vite';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { findChromium } from '../support/chromium.ts';
import { ROOT } from '../support/source.ts';
import { openPage } from './browser-page.ts';
import { busyEvening, lateGuests } from './evening.ts';
import { type FakeLive, type FakeLiveSettings, startFakeLive } from './fake-live.ts';

const ARTIFACTS = join(ROOT, 'test', 'artifacts');
const BUILT = join(ARTIFACTS, 'page');
/** A window short enough to see its whole life, in real time. */
const SHORT = { sizeMs: 2_500, graceMs: 300 };
const LONG = { sizeMs: 60_000, graceMs: 1_000 };

let browser: Browser;
let live: FakeLive;
let page: Page;
const faults: string[] = [];

async function show(settings: Partial<FakeLiveSettings>, options: BrowserContextOptions = {}): Promise<void> {
  live = await startFakeLive({ root: BUILT, ...LONG, ...settings });
  page = await open(options);
}

function open(options: BrowserContextOptions): Promise<Page> {
  return openPage(browser, `${live.url}/?in=objects`, faults, options);
}

function lane(customer: string) {
  return page.locator('.lane', { hasText: customer });
}

function counter(name: string) {
  return page.locator(`[data-counter="${name}"]`);
}

beforeAll(async () => {
  mkdirSync(ARTIFACTS, { recursive: true });
  await build({ configFile: join(ROOT, 'web', 'vite.config.ts'), logLevel: 'warn', build: { outDir: BUILT } });
  browser = await chromium.launch(await findChromium());
}, 120_000);

afterAll(() => browser?.close());

afterEach(async () => {
  await Promise.all(browser.contexts().map((context) => context.close()));
  await live.close();
  expect(faults.splice(0)).toEqual([]);
});

describe('the live page', () => {
  it('offers the other partitions, with how many windows each has open', async () => {
    await show({ partitions: [0, 1, 2] });
    const choice = page.locator('#place');
    await page.locator('#place option').nth(2).waitFor({ state: 'attached' });
    expect(await choice.locator('option').allInnerTexts()).toEqual(['customer-events/0', 'customer-events/1 · 1 open', 'customer-events/2 · 2 open']);
    await Promise.all([page.waitForURL(/\?topic=customer-events&partition=1$/), choice.selectOption('customer-events/1 · 1 open')]);
    expect(await page.locator('a[href="/ops"]').count()).toBe(1);
    faults.length = 0;
  });

  it('goes to what is served, where the default is not and nothing was asked for', async () => {
    await show({ partitions: [3, 4] });
    await page.waitForURL(/\?topic=customer-events&partition=3$/);
    faults.length = 0;
  });

  it('P9: draws a lane a customer, and tells the outcome of each window with its explanation', async () => {
    await show(SHORT);
    await lane('alice').waitFor({ state: 'detached' });
    live.world.request('alice', '4', Date.now());
    live.world.request('bob', '2', Date.now());
    await lane('alice').locator('.bar[data-phase="awaiting"]').waitFor();
    live.world.pay('alice', '4', Date.now());
    await lane('alice').locator('.bar[data-phase="paid"]').waitFor();
    expect(await lane('bob').innerText()).toContain('Table 2: awaiting payment');
    expect(await counter('open').innerText()).toBe('2');

    const kept = page.locator('.outcome', { hasText: 'Table 4 kept for alice' });
    await kept.waitFor();
    await page.locator('.outcome', { hasText: 'Table 2 freed: bob did not pay in time' }).waitFor();
    await lane('alice').locator('.bar[data-phase="confirmed"]').waitFor();
    await lane('bob').locator('.bar[data-phase="timed-out"]').waitFor();
    await page.waitForFunction(() => document.querySelector('[data-counter="kept"]')?.textContent === '1');
    expect([await counter('open').innerText(), await counter('freed').innerText()]).toEqual(['0', '1']);

    expect(await kept.locator('.facts').isVisible()).toBe(false);
    await kept.locator('summary').click();
    const facts = kept.locator('.facts');
    await facts.waitFor();
    expect(await facts.innerText()).toMatch(/Window\s+\[\d\d:\d\d:\d\d\.\d{3}, \d\d:\d\d:\d\d\.\d{3}\)/);
    expect(await facts.innerText()).toContain('the watermark: nothing earlier could still come');
    expect(await facts.innerText()).toMatch(/customer-events\/0 at \d+, \d+/);
  });

  it('P9: a bar fills with time', async () => {
    await show(SHORT);
    live.world.request('alice', '4', Date.now());
    const filling = lane('alice').locator('.bar-fill');
    await filling.waitFor({ state: 'attached' });
    const widthOf = () => filling.evaluate((node) => node.getBoundingClientRect().width);
    const early = await widthOf();
    await page.waitForFunction((less) => (document.querySelector('.bar-fill')?.getBoundingClientRect().width ?? 0) > less + 20, early);
  });

  it('T6: shows windows as held, and says why, until the source connects', async () => {
    await show(SHORT);
    live.world.withoutSource();
    live.world.request('carol', '9', Date.now());
    await page.getByText('held: no source has connected').waitFor();
    await lane('carol').locator('.bar[data-held="true"]').waitFor();
    expect(await counter('held').innerText()).toBe('1');
    expect(await lane('carol').innerText()).toContain('held since');
    expect(await page.locator('#outcomes > li').count()).toBe(0);
    live.world.connect();
    await page.locator('.outcome', { hasText: 'Table 9 freed: carol did not pay in time' }).waitFor();
    await page.waitForFunction(() => document.querySelector('[data-counter="held"]')?.textContent === '0');
  });

  it('P9: connects again after a dropped socket, with what happened meanwhile', async () => {
    await show({});
    live.world.request('alice', '4', Date.now());
    await lane('alice').waitFor();
    live.dropViewers();
    live.world.request('dave', '5', Date.now());
    await page.locator('#connection:not([data-state="open"])').waitFor();
    await page.locator('#connection[data-state="open"]').waitFor();
    await lane('dave').waitFor();
    await lane('alice').waitFor();
  });

  it('P9: answers every frame with seen', async () => {
    await show({});
    await page.locator('#connection[data-state="open"]').waitFor();
    const before = live.seen();
    await expect.poll(() => live.seen(), { timeout: 10_000 }).toBeGreaterThan(before + 10);
  });

  it('P9: posts events as a customer whose name it remembers, by keyboard alone', async () => {
    await show({});
    await page.getByLabel('Your name').fill('erin');
    await page.getByLabel('Table').fill('11');
    await page.keyboard.press('Enter');
    await page.getByText('Request for table 11: taken in').waitFor();
    await lane('erin').locator('.bar[data-phase="awaiting"]').waitFor();
    expect(await lane('erin').getAttribute('data-own')).toBe('true');
    await page.getByRole('button', { name: 'Pay', exact: true }).press('Enter');
    await page.getByText('Payment for table 11: taken in').waitFor();
    await lane('erin').locator('.bar[data-phase="paid"]').waitFor();
    await page.getByRole('button', { name: 'Cancel', exact: true }).press('Space');
    await page.locator('#answers').getByText('Table 11 freed: erin cancelled; a refund is due').waitFor();
    await page.reload();
    expect(await page.getByLabel('Your name').inputValue()).toBe('erin');
    await page.getByRole('button', { name: 'Pay', exact: true }).click();
    await page.getByText('Payment for table 7: late (NO_WINDOW)').waitFor();
    await page.locator('.late', { hasText: 'NO_WINDOW' }).waitFor();
  });

  it('P8: asks for a token where the Worker wants one, and exchanges it for a session', async () => {
    await show({ token: 'secret-token' });
    live.world.request('alice', '4', Date.now());
    const token = page.getByLabel('Token');
    await token.fill('wrong-token');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('The Worker does not know this token.').waitFor();
    await page.screenshot({ path: join(ARTIFACTS, 'token.png') });
    await token.fill('secret-token');
    await token.press('Enter');
    await lane('alice').waitFor();
    expect(await token.isVisible()).toBe(false);
    expect(await page.evaluate(() => [document.cookie, JSON.stringify(localStorage)].join().includes('secret'))).toBe(false);
  });

  it.each([
    ['retry', 'Be a task', ['Fail', 'Succeed'], 'waiting retry due succeeded given up grace held', 'due'],
    ['sessions', 'Be a customer', ['Send'], 'active ended gap and grace held', 'ended'],
  ] as const)('P9: speaks of what is served: %s', async (topology, heading, actions, legend, kept) => {
    await show({ topology });
    await page.getByRole('heading', { name: heading }).waitFor();
    expect(await page.locator('#actions button').allInnerTexts()).toEqual(actions);
    expect((await page.locator('#legend li').allInnerTexts()).join(' ')).toBe(legend);
    expect(await counter('kept').locator('..').locator('dt').innerText()).toBe(kept);
    expect(await page.locator('body').innerText()).not.toMatch(/[Tt]able|reserv/);
    await page.getByRole('button', { name: actions[0] }).click();
    await page.locator('#answers').getByText('taken in').waitFor();
    await page.screenshot({ path: join(ARTIFACTS, `topology-${topology}.png`) });
  });

  it('P9: shows a topology that it has no words for, without a part for the reader', async () => {
    await show({ topology: 'mine' });
    await page.getByText('a lane a key').waitFor();
    live.world.request('alice', 'parcel-4', Date.now());
    await lane('alice').locator('.bar[data-phase="other"]').waitFor();
    expect(await lane('alice').innerText()).toContain('parcel-4: awaiting payment');
    expect(await page.locator('#customer').isVisible()).toBe(false);
  });

  it('P9: has the lanes of 500 customers that are in sight in the document, and says which of all they are', async () => {
    await show({});
    const now = Date.now();
    for (let i = 0; i < 500; i++) live.world.request(`customer-${i}`, '1', now - i);
    await page.locator('.lane[aria-setsize="500"]').first().waitFor();
    expect(await page.locator('.lane').count()).toBeLessThan(60);
    expect(await counter('open').innerText()).toBe('500');
    const first = page.locator('.lane .bar').first();
    await first.focus();
    await page.keyboard.press('End');
    await page.locator('.lane[aria-posinset="500"] .bar:focus').waitFor();
    expect(await page.locator('.lane').last().innerText()).toContain('customer-499');
    await page.keyboard.press('ArrowUp');
    await page.locator('.lane[aria-posinset="499"] .bar:focus').waitFor();
  });

  it('P9: opens the explanation of a window by its bar, and gives the focus back', async () => {
    await show({});
    live.world.request('alice', '4', Date.now());
    const bar = lane('alice').locator('.bar');
    await bar.focus();
    await page.keyboard.press('Enter');
    const why = page.locator('#explainer');
    await why.getByText('Table 4 · alice · awaiting payment').waitFor();
    expect(await why.innerText()).toMatch(/Anchor\s+the record at/);
    await page.keyboard.press('Escape');
    await why.waitFor({ state: 'hidden' });
    expect(await bar.evaluate((node) => node === document.activeElement)).toBe(true);
  });
});

describe('the look of the page', () => {
  it('P9: fits 390 px with much going on, light and dark', async () => {
    const viewport = { width: 390, height: 844 };
    const look = { sizeMs: 15_000, graceMs: 1_000 };
    await show(look, { viewport, colorScheme: 'light' });
    const dark = await open({ viewport, colorScheme: 'dark', reducedMotion: 'reduce' });
    busyEvening(live.world, Date.now(), look.sizeMs);
    lateGuests(live.world, Date.now());
    for (const one of [page, dark]) {
      await one.locator('.outcome', { hasText: 'kept' }).first().waitFor();
      await one.locator('.outcome summary').first().click();
    }
    for (const [one, name] of [
      [page, 'light'],
      [dark, 'dark'],
    ] as const) {
      await one.screenshot({ path: join(ARTIFACTS, `page-390-${name}.png`), fullPage: true });
      expect(await one.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
    }
    live.world.disconnect();
    await page.locator('.bar[data-held="true"]').nth(1).waitFor();
    await page.screenshot({ path: join(ARTIFACTS, 'held-390-light.png'), fullPage: true });
    await dark.screenshot({ path: join(ARTIFACTS, 'held-390-dark.png'), fullPage: true });
  });
});
