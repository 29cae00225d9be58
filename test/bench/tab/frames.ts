import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { ROOT } from '../../support/source.ts';
import { startFakeLive } from '../../web/fake-live.ts';
import { amount, median } from '../figures.ts';
import type { Row } from '../table.ts';

const CUSTOMERS = 10_000;
/** Fewer are open at once, since some cancel. */
const OPEN_LEAST = 9_000;
const MEASURED_MS = 10_000;
const ROUNDS = 3;

/** How smooth the page in the tab is with ten thousand open windows, beside an empty page that does nothing but ask for the next frame. `npm run bench` has built the page. */
export async function framesOf(browser: Browser): Promise<Row> {
  const live = await startFakeLive({ root: join(ROOT, 'dist/web'), sizeMs: 60_000, graceMs: 1_000 });
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  try {
    const page = await context.newPage();
    await page.goto(`${live.url}/?customers=${CUSTOMERS}`);
    process.stderr.write(`  frames of the page: ${CUSTOMERS} customers come\n`);
    await page.waitForFunction(
      (least) => Number(document.querySelector('[data-counter="open"]')?.textContent?.replaceAll(',', '')) >= least,
      OPEN_LEAST,
      { timeout: 120_000 },
    );
    const ours = [];
    for (let round = 0; round < ROUNDS; round++) ours.push(await page.evaluate(frameTimes, MEASURED_MS));
    const open = await page.locator('[data-counter="open"]').innerText();
    const empty = await context.newPage();
    await empty.goto('about:blank');
    const bare = await empty.evaluate(frameTimes, MEASURED_MS);
    return {
      group: 'tab',
      figure: `ms between frames of the page, ${open} windows open, p95 (${amount(median(ours.map(perSecond)))} frames/s)`,
      value: told(ours.map(p95)),
      beside: `an empty page: ${p95(bare).toFixed(1)}`,
      ratio: (median(ours.map(p95)) / p95(bare)).toFixed(2),
      aim: '20 ms',
    };
  } finally {
    await context.close();
    await live.close();
  }
}

/** Ms from each frame to the next, for so long. Runs in the page. */
function frameTimes(ms: number): Promise<number[]> {
  return new Promise((resolve) => {
    const times: number[] = [];
    let last: number | undefined;
    const until = performance.now() + ms;
    const look = (now: number): void => {
      if (last !== undefined) times.push(now - last);
      last = now;
      if (performance.now() < until) requestAnimationFrame(look);
      else resolve(times);
    };
    requestAnimationFrame(look);
  });
}

function p95(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length * 0.95)] ?? Number.NaN;
}

function perSecond(times: readonly number[]): number {
  return (1_000 * times.length) / times.reduce((sum, ms) => sum + ms, 0);
}

function told(all: readonly number[]): string {
  return `${median(all).toFixed(1)} (${Math.min(...all).toFixed(1)} to ${Math.max(...all).toFixed(1)})`;
}
