import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { findChromium } from '../support/chromium.ts';
import { type Served, serveEntries } from '../support/in-page.ts';
import type { InPage } from './page/tab.ts';

let served: Served;
let browser: Browser;
let context: BrowserContext;
const faults: string[] = [];

beforeAll(async () => {
  [served, browser] = await Promise.all([
    serveEntries({ tab: 'test/tab/page/tab.ts', worker: 'test/tab/page/worker.ts' }),
    findChromium().then((found) => chromium.launch(found)),
  ]);
}, 60_000);

afterEach(async () => {
  await Promise.all(browser.contexts().map((one) => one.close()));
  expect(faults.splice(0)).toEqual([]);
});

afterAll(async () => {
  await browser?.close();
  await served?.close();
});

declare const tab: InPage;

async function page(init: () => void = () => undefined): Promise<Page> {
  context = browser.contexts()[0] ?? (await browser.newContext());
  const opened = await context.newPage();
  opened.setDefaultTimeout(20_000);
  opened.on('pageerror', (error) => faults.push(error.message));
  await opened.addInitScript(init);
  await opened.goto(`${served.origin}/tab.html`);
  return opened;
}

const open = (on: Page, virtual = false) => on.evaluate((given) => tab.open({ virtual: given }), virtual);
const is = (on: Page, role: string, timeout = 20_000) => on.waitForFunction((wanted) => tab.status?.role === wanted, role, { timeout });
const send = (on: Page, prefix: string, count: number, firstMs: number, stepMs = 0) =>
  on.evaluate(([a, b, c, d]) => tab.send(a, b, c, d), [prefix, count, firstMs, stepMs] as const);
const told = (on: Page) => on.evaluate(() => tab.told);
const tellsAtLeast = (on: Page, count: number) => on.waitForFunction((least) => tab.told.length >= least, count);
const durability = (on: Page) => on.evaluate(() => tab.status?.durability);
const ids = (prefix: string, count: number) => Array.from({ length: count }, (_, i) => `${prefix}${i}=${i} ${prefix}${i}`).sort();

/** Two tabs, of which the first leads. */
async function leaderAndWatcher(): Promise<[one: Page, two: Page]> {
  const one = await page();
  await open(one);
  await is(one, 'leading');
  const two = await page();
  await open(two);
  await is(two, 'watching');
  return [one, two];
}

describe('in Chromium', () => {
  it('V5: a reload amid 500 open windows loses none, and none of what was told before', async () => {
    const one = await page();
    await one.evaluate(() => sessionStorage.setItem('keeps', 'yes'));
    await open(one);
    await is(one, 'leading');
    expect(new Set(await send(one, 'k', 500, 700, 3))).toEqual(new Set(['folded']));
    await tellsAtLeast(one, 100);
    await one.reload();
    const before = (await told(one)).length;
    expect(before).toBeLessThan(500);
    await open(one);
    await one.waitForFunction(() => new Set(tab.told).size >= 500);
    await one.waitForFunction(() => tab.windows.length === 0);
    const all = await told(one);
    expect([...new Set(all)].sort()).toEqual(ids('k', 500));
    expect(new Set(all.slice(0, before)).size).toBe(before);
    expect(new Set(all.slice(before)).size).toBe(all.length - before);
    expect(await durability(one)).toEqual({ kind: 'indexeddb' });
  });

  it('V5, V7: a tab that crashes loses nothing; another takes over, or the next one that is opened', async () => {
    const [one, two] = await leaderAndWatcher();
    await send(one, 'a', 100, 1_500, 2);
    await send(two, 'b', 100, 1_500, 2);
    await crash(one);
    await is(two, 'leading', 2_000);
    await send(two, 'c', 100, 1_500, 2);
    await crash(two);
    const three = await page();
    await open(three);
    await tellsAtLeast(three, 300);
    expect((await told(three)).sort()).toEqual([...ids('a', 100), ...ids('b', 100), ...ids('c', 100)].sort());
  });

  it('V7: of two tabs the leader is closed: the other takes over within 2 s, and neither is told anything twice', async () => {
    const [one, two] = await leaderAndWatcher();
    await Promise.all([send(one, 'a', 200, 1_500, 5), send(two, 'b', 200, 1_500, 5)]);
    await tellsAtLeast(two, 100);
    const toldByOne = await told(one);
    expect(new Set(toldByOne).size).toBe(toldByOne.length);
    await one.close();
    await is(two, 'leading', 2_000);
    await tellsAtLeast(two, 400);
    await two.waitForFunction(() => tab.windows.length === 0);
    expect((await told(two)).sort()).toEqual([...ids('a', 200), ...ids('b', 200)].sort());
  });

  it('V7: so does it when the leader closes itself while the other one sends', async () => {
    const [one, two] = await leaderAndWatcher();
    const [answers] = await Promise.all([send(two, 'b', 300, 1_000, 1), one.evaluate(() => tab.close())]);
    expect(answers.filter((kind) => kind !== 'folded' && kind !== 'duplicate')).toEqual([]);
    await is(two, 'leading', 2_000);
    await tellsAtLeast(two, 300);
    expect((await told(two)).sort()).toEqual(ids('b', 300));
  });

  it('T9, V5: a clock that jumped by 8 hours closes all that is due when the page is shown again: in order, once', async () => {
    for (const how of ['a host of its own', 'Date'] as const) {
      const one = await page(() => {
        const real = Date.now;
        Object.assign(globalThis, { ahead: 0 });
        Date.now = () => real() + (globalThis as unknown as { ahead: number }).ahead;
      });
      await open(one, how === 'a host of its own');
      await is(one, 'leading');
      await send(one, 'k', 20, 4_000, 50);
      expect(await told(one)).toEqual([]);
      await one.evaluate((virtual) => {
        if (virtual) tab.jump(8 * 3_600_000);
        else Object.assign(globalThis, { ahead: 8 * 3_600_000 });
        document.dispatchEvent(new Event('visibilitychange'));
      }, how === 'a host of its own');
      await tellsAtLeast(one, 20);
      await one.evaluate(() => document.dispatchEvent(new Event('resume')));
      expect(await told(one)).toEqual(Array.from({ length: 20 }, (_, i) => `k${i}=${i} k${i}`));
      await context.close();
    }
  });

  it('V2: goes on in memory, and says so, where IndexedDB is absent or refused', async () => {
    const ways = [
      () => Object.defineProperty(globalThis, 'indexedDB', { value: undefined }),
      () => {
        IDBFactory.prototype.open = () => {
          throw new DOMException('Not in this mode.', 'SecurityError');
        };
      },
    ];
    for (const way of ways) {
      const one = await page(way);
      await open(one);
      await is(one, 'leading');
      expect(await durability(one)).toEqual({
        kind: 'memory',
        why: expect.stringMatching(/indexedDB is not defined|reading 'open'|Not in this mode/),
      });
      await send(one, 'k', 10, 200);
      await tellsAtLeast(one, 10);
      expect((await told(one)).sort()).toEqual(ids('k', 10));
      await context.close();
    }
  });

  it('V2: goes over to memory, and says so, where a commit finds the quota spent; nothing is lost', async () => {
    const one = await page();
    await open(one);
    await is(one, 'leading');
    await send(one, 'a', 10, 800);
    expect(await durability(one)).toEqual({ kind: 'indexeddb' });
    await one.evaluate(() => {
      IDBObjectStore.prototype.add = () => {
        throw new DOMException('The quota has been exceeded.', 'QuotaExceededError');
      };
    });
    await send(one, 'b', 10, 800);
    expect(await durability(one)).toEqual({ kind: 'memory', why: expect.stringContaining('The quota has been exceeded.') });
    await tellsAtLeast(one, 20);
    expect((await told(one)).sort()).toEqual([...ids('a', 10), ...ids('b', 10)].sort());
    await one.reload();
    await open(one);
    await tellsAtLeast(one, 10);
    expect((await told(one)).sort()).toEqual(ids('a', 10));
  });

  it('V2: goes over to memory, and says so, where the data of the site is cleared while it runs; what is stored later is no half of it', async () => {
    const one = await page();
    await open(one);
    await is(one, 'leading');
    await send(one, 'a', 10, 2_000);
    const session = await context.newCDPSession(one);
    await session.send('Storage.clearDataForOrigin', { origin: served.origin, storageTypes: 'indexeddb' });
    await send(one, 'a', 5, 2_000);
    expect(await durability(one)).toEqual({ kind: 'memory', why: expect.stringContaining('gone') });
    await one.waitForFunction(() => tab.windows.length === 0);
    expect(await told(one)).toHaveLength(10);
    await one.reload();
    await open(one);
    await is(one, 'leading');
    expect(await durability(one)).toEqual({ kind: 'indexeddb' });
    expect(await told(one)).toEqual([]);
  });

  it('V4: needs no network once it is loaded', async () => {
    const one = await page();
    await context.setOffline(true);
    await open(one);
    await send(one, 'k', 10, 200);
    await tellsAtLeast(one, 10);
    expect((await told(one)).sort()).toEqual(ids('k', 10));
  });

  it('V4: runs in a Worker', async () => {
    const one = await page();
    const heard = await one.evaluate(
      () =>
        new Promise<unknown[]>((resolve) => {
          const worker = new Worker('/worker.js', { type: 'module' });
          const heard: unknown[] = [];
          worker.onmessage = ({ data }) => {
            heard.push(data);
            if (data[0] === 'status' && data[1] === 'leading') worker.postMessage({ key: 'k', n: 7, timestamp: Date.now() - 5_700 });
            if (data[0] === 'told') worker.postMessage('close');
            if (data[0] === 'closed') resolve(heard);
          };
        }),
    );
    expect(heard.filter((message) => (message as string[])[0] !== 'open')).toEqual([
      ['status', 'electing', undefined],
      ['status', 'leading', 'indexeddb'],
      ['answer', 'folded'],
      ['told', 'k=7'],
      ['status', 'closed', 'indexeddb'],
      ['closed'],
    ]);
    expect(heard).toContainEqual(['open', 1]);
  });
});

/** Ends the page's process at once. */
async function crash(on: Page): Promise<void> {
  const crashed = on.waitForEvent('crash');
  const session = await on.context().newCDPSession(on);
  void session.send('Page.crash').catch(() => undefined);
  await crashed;
}
