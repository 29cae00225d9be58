import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { findChromium } from '../support/chromium.ts';
import { ROOT } from '../support/source.ts';
import { startFakeLive } from '../web/fake-live.ts';

/** The picture of the page at the head of the README. */
const PICTURE = 'web/screenshot.png';
/** Of the lab's clock: by then windows have closed both ways, and the two answers have parted. */
const AT = '15:24';

/** Takes the picture of the built page, in its tab mode, as it opens by itself. */
export async function takePicture(): Promise<void> {
  const live = await startFakeLive({ root: join(ROOT, 'dist/web'), sizeMs: 60_000, graceMs: 1_000 });
  const browser = await chromium.launch(await findChromium());
  try {
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, colorScheme: 'light', timezoneId: 'UTC' });
    await page.goto(live.url);
    await page.waitForFunction((at) => (document.querySelector('#clock')?.textContent ?? '') >= at, AT, { timeout: 120_000 });
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.screenshot({ path: join(ROOT, PICTURE) });
  } finally {
    await browser.close();
    await live.close();
  }
}
