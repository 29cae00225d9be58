import type { Browser, BrowserContextOptions, Page } from 'playwright-core';

/** A page in a context of its own. What it reports as a fault goes to `faults`: exceptions, errors on the console, and what the content policy refused. */
export async function openPage(browser: Browser, url: string, faults: string[], options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
  const opened = await context.newPage();
  opened.setDefaultTimeout(15_000);
  opened.on('pageerror', (error) => faults.push(error.message));
  opened.on('console', (message) => {
    // A connection that fails is reported by the browser itself, and the tests make some fail.
    if (message.type() === 'error' && !/WebSocket connection|Failed to load resource/.test(message.text())) faults.push(message.text());
  });
  await opened.addInitScript(() =>
    document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>
      console.error(`${violatedDirective} refuses ${blockedURI}`),
    ),
  );
  await opened.goto(url);
  return opened;
}
