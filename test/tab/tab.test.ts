import { beforeEach, describe, expect, it } from 'vitest';
import { mulberry32 } from '../support/random.ts';
import { FakeBrowser } from './fake-browser.ts';
import { closeAll, open, roles, ticks, words } from './tabs.ts';

let browser: FakeBrowser;
beforeEach(() => {
  browser = new FakeBrowser(mulberry32(1));
});

describe('one tab', () => {
  it('V4: leads, answers what it is sent, and closes windows on time without a further event', async () => {
    const one = open(browser);
    const sent = [one.tab.send({ key: 'a', n: 1 }), one.tab.send({ key: 'a', n: 2 }), one.tab.send({ key: 'b', n: 5 })];
    await browser.run();
    expect(roles(one)).toEqual(['electing', 'leading']);
    expect(await Promise.all(sent)).toEqual([{ kind: 'folded' }, { kind: 'folded' }, { kind: 'folded' }]);
    expect(one.windows()).toMatchObject([
      { key: 'a', start: 1_000_000, end: 1_005_000, closesAt: 1_006_000 },
      { key: 'b', start: 1_000_000 },
    ]);
    browser.advance(5_999);
    await browser.run();
    expect(words(one)).toEqual([]);
    browser.advance(1);
    await browser.run();
    expect(words(one)).toEqual(['a=3', 'b=5']);
    expect(one.windows()).toEqual([]);
  });

  it('V4: stores together what is sent in one turn, or while it stores', async () => {
    const one = open(browser);
    await browser.run();
    const before = browser.database.commits;
    for (let i = 0; i < 500; i++) void one.tab.send({ key: `k${i % 7}`, n: 1 });
    await browser.run(1);
    for (let i = 0; i < 500; i++) void one.tab.send({ key: `k${i % 7}`, n: 1 });
    await browser.run();
    expect(browser.database.commits - before).toBe(2);
    for (let i = 0; i < 2_500; i++) void one.tab.send({ key: `k${i % 7}`, n: 1 });
    await browser.run();
    expect(browser.database.commits - before).toBe(5);
  });

  it('V4, R4: says of an event that it is late, rejected or a duplicate, with code and message, as answer and as output', async () => {
    const one = open(browser);
    await browser.run();
    const answers = Promise.all([
      one.tab.send({ key: 'a', n: 1, timestamp: 10 }),
      one.tab.send({ key: 'a', n: 1, timestamp: 2_000_000 }),
      one.tab.send({ key: 'a', n: 'one' }),
      one.tab.send(undefined),
      one.tab.send({ key: 'a', n: 10n }),
      one.tab.send({ key: 'a', n: 1 }, 'mine'),
    ]);
    await browser.run();
    const again = one.tab.send({ key: 'a', n: 1 }, 'mine');
    await browser.run();
    expect([...(await answers), await again]).toEqual([
      { kind: 'late', code: 'LATE' },
      { kind: 'rejected', code: 'FUTURE_TIMESTAMP', message: expect.stringContaining('ahead of the clock') },
      { kind: 'rejected', code: 'SCHEMA', message: expect.stringContaining('/n') },
      { kind: 'rejected', code: 'KEY', message: expect.any(String) },
      { kind: 'rejected', code: 'SCHEMA', message: expect.stringContaining('BigInt') },
      { kind: 'folded' },
      { kind: 'duplicate' },
    ]);
    expect(words(one)).toEqual(['a?', 'a!FUTURE_TIMESTAMP', '!SCHEMA', '!KEY']);
  });

  it('V5: comes back with its windows, and closes what fell due in between, in order, once', async () => {
    const one = open(browser);
    void one.tab.send({ key: 'b', n: 1 });
    await browser.run();
    browser.advance(100);
    void one.tab.send({ key: 'a', n: 2 });
    await browser.run();
    one.crash();
    browser.advance(8 * 3_600_000);
    const two = open(browser);
    await browser.run();
    expect(words(two)).toEqual(['b=1', 'a=2']);
    expect(words(one)).toEqual([]);
    await two.tab.close();
    const three = open(browser);
    await browser.run();
    expect(words(three)).toEqual([]);
  });

  it('V6: refuses another mode, and what it is asked once it is closed', async () => {
    expect(() => open(browser, { time: { mode: 'stream' } })).toThrow(expect.objectContaining({ code: 'OPTION' }));
    const one = open(browser);
    await browser.run();
    await expect(one.tab.claim(Number.NaN)).rejects.toMatchObject({ code: 'OPTION' });
    const last = one.tab.send({ key: 'a', n: 1 });
    const closed = one.tab.close();
    await expect(one.tab.send({ key: 'a', n: 1 })).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await browser.run();
    await closed;
    expect(await last).toEqual({ kind: 'folded' });
    expect(roles(one)).toEqual(['electing', 'leading', 'closed']);
  });

  it('V6: bounds what waits', async () => {
    const one = open(browser);
    for (let i = 0; i < 10_000; i++) void one.tab.send({ key: 'a', n: 1 });
    await expect(one.tab.send({ key: 'a', n: 1 })).rejects.toMatchObject({ code: 'UNAVAILABLE', retryable: true });
    await browser.run();
    const after = one.tab.send({ key: 'a', n: 1 });
    await browser.run();
    expect(await after).toEqual({ kind: 'folded' });
  });

  it('T4, V4: in source mode closes by claims alone, and by maxHold', async () => {
    const one = open(browser, { time: { mode: 'source', maxHold: '1m' } });
    void one.tab.send({ key: 'a', n: 1 });
    void one.tab.send({ key: 'b', n: 1, timestamp: 1_010_000 });
    await browser.run();
    browser.advance(30_000);
    await browser.run();
    expect(words(one)).toEqual([]);
    const claimed = one.tab.claim(1_006_000);
    await browser.run();
    await claimed;
    expect(words(one)).toEqual(['a=1']);
    browser.advance(46_000);
    await browser.run();
    browser.advance(60_000);
    await browser.run();
    expect(words(one)).toEqual(['a=1', 'b=1']);
  });
});

describe('several tabs', () => {
  it('V7: one leads, and all see the same; each can send', async () => {
    const all = [open(browser), open(browser), open(browser)];
    const sent = all.map(({ tab }, i) => tab.send({ key: 'a', n: 10 ** i }));
    await browser.run();
    expect(await Promise.all(sent)).toEqual([{ kind: 'folded' }, { kind: 'folded' }, { kind: 'folded' }]);
    expect(all.map((one) => roles(one).at(-1)).sort()).toEqual(['leading', 'watching', 'watching']);
    for (const one of all) expect(one.windows()).toMatchObject([{ key: 'a' }]);
    const late = open(browser);
    await browser.run();
    expect(late.windows()).toMatchObject([{ key: 'a' }]);
    await closeAll(browser);
    for (const one of [...all, late]) expect([words(one), one.windows()]).toEqual([['a=111'], []]);
  });

  it('V7: one takes over from a leader that is closed, and nothing is told twice', async () => {
    const [one, two] = [open(browser), open(browser)];
    await browser.run();
    void one.tab.send({ key: 'a', n: 1 });
    await closeAll(browser);
    void two.tab.send({ key: 'b', n: 2 });
    await browser.run();
    const closed = one.tab.close();
    const meanwhile = two.tab.send({ key: 'b', n: 3 });
    await browser.run();
    await closed;
    expect(await meanwhile).toEqual({ kind: 'folded' });
    expect(roles(two).at(-1)).toBe('leading');
    await closeAll(browser);
    expect([words(one), words(two)]).toEqual([['a=1'], ['a=1', 'b=5']]);
  });

  it('V7: what a leader had stored and not told the next one tells', async () => {
    const [one, two] = [open(browser), open(browser)];
    await browser.run();
    void one.tab.send({ key: 'a', n: 1 });
    await browser.run();
    const leader = roles(one).at(-1) === 'leading' ? one : two;
    const other = leader === one ? two : one;
    const before = browser.database.commits;
    browser.advance(10_000);
    while (browser.database.commits === before) await browser.run(1);
    expect(words(leader)).toEqual([]);
    leader.crash();
    await browser.run();
    expect([words(leader), words(other)]).toEqual([[], ['a=1']]);
  });

  it('V8: what a newer version has stored a tab of an older one leaves alone, and says so, and lets another lead', async () => {
    const newer = open(browser, {}, ticks({ version: 2 }));
    const older = open(browser);
    const another = open(browser, {}, ticks({ version: 2 }));
    await browser.run();
    void newer.tab.send({ key: 'a', n: 1 });
    const pending = older.tab.send({ key: 'a', n: 2 });
    await browser.run();
    expect(await pending).toEqual({ kind: 'folded' });
    await newer.tab.close();
    await browser.run();
    expect(older.statuses.at(-1)).toMatchObject({ role: 'failed', error: { code: 'STATE_VERSION' } });
    await expect(older.tab.send({ key: 'a', n: 2 })).rejects.toMatchObject({ code: 'STATE_VERSION' });
    await closeAll(browser);
    expect([roles(another).at(-1), words(another)]).toEqual(['leading', ['a=3']]);
    await older.tab.close();
  });

  it('V8: a tab hears no message of another release, or that is none', async () => {
    const heard: unknown[] = [];
    const stranger = browser.tab().options.channel?.('') as { postMessage(message: unknown): void; onmessage: unknown };
    stranger.onmessage = ({ data }: { data: unknown }) => heard.push(data);
    const [one, two] = [open(browser), open(browser)];
    const said = { oriel: 1, from: 'x' };
    const messages = [
      ...[null, 7, 'x', [], {}, said, { ...said, t: 'lead' }, { ...said, t: 7, list: [] }, { ...said, t: 'toString', list: [] }],
      ...[
        { ...said, t: 'ask', to: 'x', list: [7] },
        { ...said, t: 'told', life: 'x', seq: 1, list: 'x' },
        { ...said, t: 'done', list: [null] },
      ],
      { oriel: 2, from: 'x', t: 'lead', list: [{ kind: 'indexeddb' }] },
      { oriel: 2, from: 'x', t: 'told', life: 'x', seq: 1, list: [{ kind: 'late' }] },
    ];
    for (const message of messages) stranger.postMessage(message);
    await browser.run();
    const sent = two.tab.send({ key: 'a', n: 1 });
    await browser.run();
    expect(await sent).toEqual({ kind: 'folded' });
    await closeAll(browser);
    expect([words(one), words(two)]).toEqual([['a=1'], ['a=1']]);
    expect(heard.length).toBeGreaterThan(0);
    expect(heard.every((message) => (message as { oriel: number }).oriel === 1)).toBe(true);
  });

  it('V2: shares that the state is in memory, where the leader could not store it, and loses nothing while it lives', async () => {
    const [one, two] = [open(browser), open(browser)];
    await browser.run();
    void one.tab.send({ key: 'a', n: 1 });
    await browser.run();
    browser.database.beforeCommit = () => {
      throw new Error('QuotaExceededError');
    };
    void two.tab.send({ key: 'a', n: 2 });
    await browser.run();
    for (const { statuses } of [one, two]) {
      expect(statuses.at(-1)).toMatchObject({ durability: { kind: 'memory', why: expect.stringContaining('QuotaExceededError') } });
    }
    await closeAll(browser);
    expect([words(one), words(two)]).toEqual([['a=3'], ['a=3']]);
  });

  it('V2: where tabs cannot agree on a leader each runs by itself, in memory, and says so', async () => {
    const refuses = { request: () => Promise.reject(new Error('SecurityError')) } as unknown as Pick<LockManager, 'request'>;
    const [one, two] = [open(browser, { locks: refuses }), open(browser, { locks: refuses })];
    await browser.run();
    void one.tab.send({ key: 'a', n: 1 });
    await closeAll(browser);
    expect([words(one), words(two)]).toEqual([['a=1'], []]);
    for (const { statuses } of [one, two]) {
      expect(statuses.at(-1)).toMatchObject({ role: 'leading', durability: { kind: 'memory', why: expect.stringContaining('SecurityError') } });
    }
    expect(browser.database.commits).toBe(0);
  });
});
