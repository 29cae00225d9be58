import type { Page } from 'playwright-core';

/** What a person looks for and does on the page, whichever page is the present one. */
export function player(page: () => Page) {
  function outcome(text: string) {
    return page().locator('.outcome', { hasText: text });
  }

  function lane(customer: string) {
    return page().locator('.lane', { hasText: customer });
  }

  /** As a customer: a name, a table, a button. */
  async function asCustomer(name: string, table: string, button: 'Request' | 'Pay' | 'Cancel'): Promise<void> {
    await page().getByLabel('Your name').fill(name);
    await page().getByLabel('Table').fill(table);
    await page().getByRole('button', { name: button, exact: true }).click();
  }

  /** Goes from deadline to deadline until something is told. */
  async function stepUntil(text: string): Promise<void> {
    for (let steps = 0; steps < 40 && (await outcome(text).count()) === 0; steps++) {
      const before = await page().locator('#clock').innerText();
      await page().keyboard.press('n');
      await page().waitForFunction((clock) => document.querySelector('#clock')?.textContent !== clock, before);
    }
    await outcome(text).waitFor();
  }

  async function pause(): Promise<void> {
    await page().getByRole('button', { name: 'Pause', exact: true }).click();
    await page().getByRole('button', { name: 'Run', exact: true }).waitFor();
  }

  return { outcome, lane, asCustomer, stepUntil, pause };
}
