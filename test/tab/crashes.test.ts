import { expect, it } from 'vitest';
import type { Answer } from '../../src/tab.ts';
import { between, mulberry32, pick } from '../support/random.ts';
import { FakeBrowser } from './fake-browser.ts';
import { idsOf, type Opened, open, word } from './tabs.ts';

type Deed = 'open' | 'crash' | 'close' | 'send' | 'advance' | 'run';

/** An evening of tabs that are opened, closed and killed at any point while events are sent and windows fall due. Says what became of everything. */
async function evening(seed: number) {
  const random = mulberry32(seed);
  const browser = new FakeBrowser(random);
  const tabs: Opened[] = [];
  const answers = new Map<string, Answer | 'unknown'>();
  const senders = new Map<string, Opened>();
  /** By output, the tabs that were open when it was first told anywhere. */
  const owed = new Map<string, Opened[]>();
  const alive = (): Opened[] => tabs.filter((tab) => tab.isAlive());
  const openOne = (): void => {
    const opened = open(browser);
    tabs.push(opened);
    opened.tab.outputs$.subscribe((output) => {
      const name = idsOf(output).join();
      if (opened.isAlive() && !owed.has(name)) owed.set(name, alive());
    });
  };
  openOne();
  for (let i = 0; i < 120; i++) {
    const deed = pick<Deed>(random, [
      [2, 'open'],
      [2, 'crash'],
      [1, 'close'],
      [10, 'send'],
      [3, 'advance'],
      [10, 'run'],
    ]);
    const one = alive()[between(random, 0, alive().length)];
    if (one === undefined || (deed === 'open' && alive().length < 4)) openOne();
    else if (deed === 'crash') one.crash();
    else if (deed === 'close') void one.tab.close().then(() => one.crash());
    else if (deed === 'advance') browser.advance(between(random, 1, 4_000));
    else if (deed === 'run') await browser.run(between(random, 1, 25));
    else if (deed === 'send') {
      const id = `e${i}`;
      const timestamp = browser.now - between(random, 0, 6_000);
      senders.set(id, one);
      const sent = one.tab.send({ key: `k${between(random, 0, 3)}`, n: random() < 0.3 ? 'x' : 1, timestamp, tag: id }, id);
      sent.then(
        (answer) => one.isAlive() && answers.set(id, answer),
        () => answers.set(id, 'unknown'),
      );
    }
  }
  openOne();
  for (let i = 0; i < 5; i++) {
    await browser.run();
    browser.advance(10_000);
  }
  await browser.run();
  const unanswered = [...senders].flatMap(([id, sender]) => (sender.isAlive() && !answers.has(id) ? [id] : []));
  return { tabs, survivors: alive(), answers, unanswered, owed };
}

it('V7, D6: tabs that crash, close and take over at any point lose nothing and tell each tab everything once, by id', async () => {
  let crossed = 0;
  for (let seed = 1; seed <= 60; seed++) {
    const { tabs, survivors, answers, unanswered, owed } = await evening(seed);
    expect(unanswered, `seed ${seed}: answered by whoever leads`).toEqual([]);
    const about = new Map<string, string>();
    for (const { outputs } of tabs) {
      const told = outputs.map((output) => idsOf(output).join());
      expect(new Set(told).size, `seed ${seed}: told once a tab`).toBe(told.length);
      for (const output of outputs) {
        for (const id of idsOf(output)) {
          const name = `${word(output)} of ${idsOf(output).join()}`;
          expect(about.get(id) ?? name, `seed ${seed}: ${id} ends once`).toBe(name);
          about.set(id, name);
        }
      }
    }
    for (const [id, answer] of answers) {
      if (answer !== 'unknown') expect(about.get(id), `seed ${seed}: ${id}, answered ${answer.kind}`).toBeDefined();
    }
    for (const survivor of survivors) {
      const told = new Set(survivor.outputs.map((output) => idsOf(output).join()));
      for (const [name, tabsThen] of owed) {
        if (!tabsThen.includes(survivor)) continue;
        expect(told.has(name), `seed ${seed}: ${name} told to each tab that was open`).toBe(true);
        crossed++;
      }
    }
  }
  expect(crossed).toBeGreaterThan(200);
});
