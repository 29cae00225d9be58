import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { build } from 'vite';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { findChromium } from '../support/chromium.ts';
import { ROOT } from '../support/source.ts';
import { faultsForAll } from './axe.ts';
import { openPage } from './browser-page.ts';
import { type FakeLive, startFakeLive } from './fake-live.ts';
import { player } from './player.ts';

const ARTIFACTS = join(ROOT, 'test', 'artifacts');
const BUILT = join(ARTIFACTS, 'play');
const LOOKS = [
  [1440, 900, 'light'],
  [1440, 900, 'dark'],
  [390, 844, 'light'],
  [390, 844, 'dark'],
] as const;

let browser: Browser;
let live: FakeLive;
let page: Page;
const faults: string[] = [];

/** Opens the page in a context of its own: with nothing that was there before. */
async function play(search: string, options: BrowserContextOptions = {}): Promise<Page> {
  page = await openPage(browser, `${live.url}/${search}`, faults, options);
  return page;
}

const { outcome, lane, asCustomer, stepUntil, pause } = player(() => page);

beforeAll(async () => {
  mkdirSync(ARTIFACTS, { recursive: true });
  await build({ configFile: join(ROOT, 'web', 'vite.config.ts'), logLevel: 'warn', build: { outDir: BUILT } });
  live = await startFakeLive({ root: BUILT, sizeMs: 60_000, graceMs: 1_000 });
  browser = await chromium.launch(await findChromium());
}, 120_000);

afterAll(async () => {
  await browser?.close();
  await live?.close();
});

afterEach(async () => {
  await Promise.all(browser.contexts().map((context) => context.close()));
  expect(faults.splice(0)).toEqual([]);
});

describe('the page in the tab', () => {
  it('keeps a table that is paid for, frees one that is not, and says why', async () => {
    await play('?story=idle');
    await pause();
    await asCustomer('erin', '11', 'Request');
    await page.getByText('Request for table 11: taken in').waitFor();
    await lane('erin').locator('.bar[data-phase="awaiting"]').waitFor();
    expect(await lane('erin').getAttribute('data-own')).toBe('true');
    await asCustomer('erin', '11', 'Pay');
    await page.getByText('Payment for table 11: taken in').waitFor();
    await lane('erin').locator('.bar[data-phase="paid"]').waitFor();
    await asCustomer('finn', '12', 'Request');
    await lane('finn').locator('.bar[data-phase="awaiting"]').waitFor();

    await stepUntil('Table 11 kept for erin');
    await stepUntil('Table 12 freed: finn did not pay in time');
    await lane('finn').locator('.bar').click();
    const why = page.locator('#explainer');
    await why.getByText('Table 12 freed: finn did not pay in time').waitFor();
    const told = await why.innerText();
    expect(told).toContain('the watermark: nothing earlier could still come');
    expect(told).toMatch(/Request\s+\d\d:\d\d:\d\d\.\d{3}, in the log 0\.0\ss later/);
    expect(told).toMatch(/Kafka Streams\s+has not told yet/);
    await page.keyboard.press('Escape');
    await why.waitFor({ state: 'hidden' });
  });

  it('closes on time when nobody comes any more, and shows that Kafka Streams stays silent', async () => {
    await play('?story=idle&speed=1000');
    await outcome('Table 7 kept for ada').waitFor();
    await outcome('Table 3 freed: ben did not pay in time').waitFor();
    await page.locator('[data-differs="silent"] dd').getByText('2', { exact: true }).waitFor();
    expect(await page.locator('.versus').innerText()).toContain('they wait for another record');
    expect(await lane('ben').innerText()).toContain('Kafka Streams: not told');
  });

  it('lets a record be moved, and runs all again: paid in time becomes paid too late', async () => {
    await play('?story=idle&speed=300');
    await page.locator('[data-counter="records"]').getByText('3', { exact: true }).waitFor();
    await pause();
    await stepUntil('Table 3 freed: ben did not pay in time');
    await outcome('Table 7 kept for ada').waitFor();
    const hash = await page.locator('#hash').innerText();
    await page.locator('.plane-field').focus();
    await page.keyboard.press('End');
    await page.keyboard.press('Enter');
    for (let i = 0; i < 5; i++) await page.keyboard.press('Shift+ArrowRight');
    await page.keyboard.press('Enter');
    await outcome('Table 7 freed: ada did not pay in time').waitFor();
    expect(await outcome('Table 7 kept for ada').count()).toBe(0);
    await page.locator('.late', { hasText: 'ada' }).waitFor();
    expect(await page.locator('.late', { hasText: 'ada' }).innerText()).toMatch(
      /The customer was in time; the record came .* after its window had closed/,
    );
    expect(await page.locator('#hash').innerText()).not.toBe(hash);

    // And back again by pointer: the dot is below or above the middle of what is told of it.
    const told = await page.locator('.plane-tip').boundingBox();
    if (told === null) throw new Error('nothing is told of the record');
    const x = told.x + told.width / 2;
    const isOver = (): Promise<boolean> => page.locator('.plane-field[data-over="true"]').isVisible();
    let y = told.y + told.height + 14;
    await page.keyboard.press('Escape');
    await page.mouse.move(x, y);
    if (!(await isOver())) {
      y = told.y - 14;
      await page.mouse.move(x, y);
    }
    expect(await isOver()).toBe(true);
    await page.mouse.down();
    await page.mouse.move(x - 400, y, { steps: 4 });
    expect(await page.locator('.plane-tip').innerText()).toContain('the moment it happened: its window is still open');
    await page.mouse.up();
    await outcome('Table 7 kept for ada').waitFor();
    await page.locator('#hash', { hasText: hash }).waitFor();
  });

  it('goes on after a kill, a night asleep and a reload as if nothing had been', async () => {
    await play('');
    await page.locator('.outcome').first().waitFor();
    await pause();
    await page.keyboard.press('x');
    await page.getByText('The engine is killed: nothing is read or closes').waitFor();
    await asCustomer('erin', '11', 'Request');
    await page.getByText('Request for table 11: in the log, and not read yet').waitFor();
    await page.getByRole('button', { name: 'Restore', exact: true }).click();
    await lane('erin').locator('.bar[data-phase="awaiting"]').waitFor();

    const before = await Promise.all(['#clock', '#hash', '[data-counter="open"]'].map((place) => page.locator(place).innerText()));
    await page.reload();
    await page.locator('.outcome').first().waitFor();
    await lane('erin').locator('.bar[data-phase="awaiting"]').waitFor();
    expect(await Promise.all(['#clock', '#hash', '[data-counter="open"]'].map((place) => page.locator(place).innerText()))).toEqual(before);
    await page.getByRole('button', { name: 'Run', exact: true }).waitFor();

    await page.getByRole('button', { name: 'Go idle' }).click();
    await page.getByRole('button', { name: 'Sleep 8 h' }).click();
    await outcome('Table 11 freed: erin did not pay in time').waitFor();
    expect(await page.locator('[data-counter="open"]').innerText()).toBe('0');
    expect(await outcome('Table 11 freed: erin').count()).toBe(1);
  });

  it('holds what is due while the source is behind, and takes the payment when it comes', async () => {
    await play('?story=idle');
    await pause();
    await asCustomer('erin', '11', 'Request');
    await lane('erin').locator('.bar[data-phase="awaiting"]').waitFor();
    await page.getByRole('button', { name: 'Source behind' }).click();
    await page.getByText('The source is behind: what is due is held, not decided').waitFor();
    await asCustomer('erin', '11', 'Pay');
    await page.getByText('Payment for table 11: in the log, and not read yet').waitFor();
    await page.getByRole('button', { name: 'Next deadline' }).click();
    await lane('erin').locator('.bar[data-held="true"]').waitFor();
    expect(await page.locator('.outcome').count()).toBe(0);
    await page.getByRole('button', { name: 'Source behind' }).click();
    await outcome('Table 11 kept for erin').waitFor();
  });

  it('exports its log and replays it to the same hash, and says what is wrong with another', async () => {
    await play('?story=boundary&speed=1000');
    await outcome('kept for cleo').waitFor();
    await pause();
    const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Export' }).click()]);
    const path = join(ARTIFACTS, 'boundary.ndjson');
    await file.saveAs(path);
    await page.locator('#log-file').setInputFiles(path);
    await page.getByText(/boundary\.ndjson: the same \d+ outcomes\. Both hashes are [0-9a-f]{32}\./).waitFor();
    const broken = join(ARTIFACTS, 'broken.ndjson');
    writeFileSync(broken, readFileSync(path, 'utf8').replace('"record"', '"rekord"'));
    await page.locator('#log-file').setInputFiles(broken);
    await page.getByText(/broken\.ndjson cannot be run: .*line \d+/i).waitFor();
  });

  it('loads again without a network, and works', async () => {
    await play('?story=idle');
    await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
    await page.context().setOffline(true);
    await page.reload();
    await pause();
    await asCustomer('erin', '11', 'Request');
    await page.getByText('Request for table 11: taken in').waitFor();
    await page.getByRole('radio', { name: 'In Durable Objects' }).check();
    await page.getByText('The Worker does not answer.').waitFor();
    await page.getByRole('radio', { name: 'In this tab' }).check();
    await lane('erin').locator('.bar[data-phase="awaiting"]').waitFor();
  });

  it('says where IndexedDB is refused that state is in memory, and works', async () => {
    page = await openPage(browser, 'about:blank', faults);
    await page.addInitScript(() => {
      IDBFactory.prototype.open = () => {
        throw new DOMException('refused', 'SecurityError');
      };
    });
    await page.goto(`${live.url}/?story=idle&speed=1000`);
    await page.getByText('State in memory only').waitFor();
    await outcome('Table 7 kept for ada').waitFor();
  });
});

describe('the page and its keys', () => {
  it('has a lab of its own in each tab, which a reload goes on with, and leaves nothing of a tab that is gone', async () => {
    await play('?story=idle');
    await pause();
    await asCustomer('erin', '12', 'Request');
    await lane('erin').waitFor();
    const other = await page.context().newPage();
    await other.goto(live.url);
    for (const one of [page, other]) await one.getByText('State in IndexedDB').waitFor();
    await other.locator('#lanes .lane').first().waitFor();
    expect(await other.locator('#story').inputValue()).toBe('evening');
    const databases = () => page.evaluate(async () => (await indexedDB.databases()).filter(({ name }) => name?.startsWith('oriel/lab-')).length);
    expect(await databases()).toBe(2);
    await other.close();
    await page.reload();
    await lane('erin').waitFor();
    await page.getByText('State in IndexedDB').waitFor();
    await expect.poll(databases).toBe(1);
  });

  it('lists its keys, does what they say, and stops where they are switched off', async () => {
    await play('?story=idle');
    await page.keyboard.press('p');
    await page.getByRole('button', { name: 'Run', exact: true }).waitFor();
    await page.keyboard.press('?');
    const help = page.locator('#help');
    await help.getByText('Stops the clock of the story, or lets it go on').waitFor();
    await help.getByLabel('Single keys work').uncheck();
    await page.keyboard.press('Escape');
    await help.waitFor({ state: 'hidden' });
    await page.keyboard.press('m');
    await page.keyboard.press('i');
    expect(await page.getByRole('button', { name: 'Go idle' }).getAttribute('aria-pressed')).toBe('false');
    expect(await page.getByRole('radio', { name: 'In this tab' }).isChecked()).toBe(true);
    await page.getByLabel('with Kafka Streams').uncheck();
    await asCustomer('erin', '11', 'Request');
    await lane('erin').locator('.bar').waitFor();
    expect(await page.locator('.rival-row').first().isVisible()).toBe(false);
  });
});

describe('both modes', () => {
  it('go over into each other without a reload: the lab stands as it stood, and the live view comes back after a lost socket', async () => {
    await play('?story=idle');
    await pause();
    await page.evaluate(() => {
      document.body.dataset.same = 'page';
    });
    const clock = await page.locator('#clock').innerText();
    await page.getByRole('radio', { name: 'In this tab' }).press('ArrowRight');
    await page.locator('#connection[data-state="open"]').waitFor();
    expect(page.url()).toBe(`${live.url}/?in=objects`);
    await page.getByText('a lane a customer, newest first').waitFor();
    await page.getByText('at its end, and never before, an unpaid table is freed').waitFor();
    await asCustomer('gail', '21', 'Request');
    await page.getByText('Request for table 21: taken in').waitFor();
    await lane('gail').locator('.bar[data-phase="awaiting"]').waitFor();
    live.dropViewers();
    await page.locator('#connection:not([data-state="open"])').waitFor();
    await page.locator('#connection[data-state="open"]').waitFor();
    await lane('gail').locator('.bar[data-phase="awaiting"]').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('radio', { name: 'In Durable Objects' }).press('ArrowLeft');
    await page.locator('#clock').getByText(clock).waitFor();
    expect(page.url()).toBe(`${live.url}/?story=idle`);
    expect(await lane('gail').count()).toBe(0);
    expect(await page.evaluate(() => document.body.dataset.same)).toBe('page');
  });

  it.each(LOOKS)('fit %i × %i px, %s, with no serious fault for those who cannot see them', async (width, height, colorScheme) => {
    await play('', { viewport: { width, height }, colorScheme });
    await page.locator('.outcome').first().waitFor();
    await page.locator('.versus li').first().waitFor();
    await pause();
    // What is out of sight is not painted.
    await page.locator('#plane').scrollIntoViewIfNeeded();
    const isWider = () => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    await page.screenshot({ path: join(ARTIFACTS, `tab-${width}-${colorScheme}.png`), fullPage: width < 1080 });
    expect([await isWider(), await faultsForAll(page)]).toEqual([0, []]);
    await page.getByRole('radio', { name: 'In Durable Objects' }).check();
    await page.locator('#connection[data-state="open"]').waitFor();
    expect([await isWider(), await faultsForAll(page)]).toEqual([0, []]);
  });
});
