import { chromium, type Page } from 'playwright-core';
import { findChromium } from '../support/chromium.ts';
import { serveEntries } from '../support/in-page.ts';
import { median, rates, ratios } from './figures.ts';
import { Rival } from './rival.ts';
import type { WallRound } from './tab/engine.ts';
import { framesOf } from './tab/frames.ts';
import type { PageBench } from './tab/in-page.ts';
import type { Row } from './table.ts';

const COURSES = [
  { keys: 1_000, count: 100_000 },
  { keys: 100_000, count: 300_000 },
] as const;
const BATCHES = [100, 1_000] as const;
const COMMITTED = { keys: 10_000, count: 20_000 };
const ROUNDS = 3;
const COMMIT_ROUNDS = 5;

declare const bench: PageBench;

/** The same engine in a page and in Node; commits to IndexedDB beside what idb-keyval does alone; how smooth the page is. By the clock on the wall, in Chromium. */
export async function run(): Promise<readonly Row[]> {
  const served = await serveEntries({ bench: 'test/bench/tab/in-page.ts' });
  const browser = await chromium.launch(await findChromium());
  try {
    const page = await browser.newPage();
    await page.goto(`${served.origin}/bench.html`);
    await page.waitForFunction(() => 'bench' in globalThis);
    const rows: Row[] = [];
    for (const course of COURSES) rows.push(await engineRow(page, course));
    for (const batch of BATCHES) rows.push(await commitRow(page, batch));
    return [...rows, await framesOf(browser)];
  } finally {
    await browser.close();
    await served.close();
  }
}

async function engineRow(page: Page, { keys, count }: (typeof COURSES)[number]): Promise<Row> {
  process.stderr.write(`  the engine: ${keys} keys\n`);
  const inPage = await page.evaluateHandle(([keys, count]) => bench.engineRounds(keys, count), [keys, count] as const);
  const node = await Rival.start({ script: 'tab/node.ts', args: [keys, count] });
  const pairs: { readonly here: WallRound; readonly there: WallRound }[] = [];
  try {
    for (let round = 0; round <= ROUNDS; round++) {
      const here = await inPage.evaluate((run) => run());
      const there: WallRound = await node.round();
      if (JSON.stringify(here.said) !== JSON.stringify(there.said)) throw new Error('the page and Node do not say the same');
      if (round > 0) pairs.push({ here, there });
    }
  } finally {
    await node.stop();
    await inPage.dispose();
  }
  const [here, there] = [pairs.map(({ here }) => rate(here)), pairs.map(({ there }) => rate(there))];
  return {
    group: 'tab',
    figure: `records/s in a page, ${keys.toLocaleString('en')} keys, parsed records`,
    value: rates(here),
    beside: `the same in Node: ${rates(there)}`,
    ratio: ratios(pairs.map(({ here, there }) => rate(here) / rate(there))),
  };
}

async function commitRow(page: Page, batch: number): Promise<Row> {
  process.stderr.write(`  commits of ${batch} records\n`);
  const { keys, count } = COMMITTED;
  const batches = await page.evaluateHandle(([keys, count, batch]) => bench.batchesOf(keys, count, batch), [keys, count, batch] as const);
  const ours: number[] = [];
  const bare: number[] = [];
  for (let round = 0; round <= COMMIT_ROUNDS; round++) {
    const one = rate(await batches.evaluate((all) => bench.engineCommits(all)));
    const other = rate(await batches.evaluate((all) => bench.bareCommits(all)));
    if (round === 0) continue;
    ours.push(one);
    bare.push(other);
  }
  await batches.dispose();
  return {
    group: 'tab',
    figure: `records/s committed to IndexedDB, ${batch.toLocaleString('en')} a batch, ${keys.toLocaleString('en')} keys`,
    value: rates(ours),
    beside: `bare idb-keyval \`setMany\` of the records: ${rates(bare)}`,
    ratio: ratios(ours.map((one, n) => one / (bare[n] ?? median(bare)))),
    aim: '0.7',
  };
}

function rate({ records, seconds }: { readonly records: number; readonly seconds: number }): number {
  return records / seconds;
}
