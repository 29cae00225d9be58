import { Subject } from 'rxjs';
import { beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { aggregate, anchored, type Result, stateless, topology } from '../../src/index.ts';
import { openDatabase } from '../../src/stores/indexeddb.ts';
import { VERSION } from '../../src/tab/messages.ts';
import type { TabOptions } from '../../src/tab.ts';
import { mulberry32 } from '../support/random.ts';
import { FakeBrowser } from './fake-browser.ts';
import { FakeDatabase } from './fake-database.ts';
import { closeAll, open, roles, type Tick, ticks, words } from './tabs.ts';

let browser: FakeBrowser;
beforeEach(() => {
  browser = new FakeBrowser(mulberry32(1));
});

describe('a leader that should be none', () => {
  it('V7: what it had said of its windows and comes late is not drawn', async () => {
    const one = open(browser);
    await browser.run();
    const said = { oriel: VERSION, from: 'gone', t: 'windows', list: [['z', [{ key: 'z', id: '', start: 0, end: 1, closesAt: 2, status: 'OPEN' }]]] };
    browser.tab().options.channel?.('oriel/ticks').postMessage(said);
    await browser.run();
    expect(one.windows()).toEqual([]);
  });

  it('V7: one whose lock is stolen fails, writes no more, and leaves what it had not told to the next', async () => {
    const { options } = browser.tab();
    const stolen = new Subject<never>();
    const locks = {
      request: (name: string, given: LockOptions, lead: () => Promise<void>) =>
        Promise.race([
          (options.locks as { request(...all: unknown[]): Promise<void> }).request(name, given, lead),
          new Promise((_, reject) => stolen.subscribe({ error: reject })),
        ]),
    } as unknown as NonNullable<TabOptions['locks']>;
    const one = open(browser, { ...options, locks });
    await browser.run();
    void one.tab.send({ key: 'a', n: 1 });
    await browser.run();
    const before = browser.database.commits;
    browser.advance(10_000);
    for (let i = 0; i < 1_000 && browser.database.commits === before; i++) await browser.run(1);
    stolen.error(new Error('Lock broken'));
    const unanswered = one.tab.send({ key: 'b', n: 2 });
    await expect(unanswered).rejects.toMatchObject({ code: 'INTERNAL', message: 'Lock broken' });
    await browser.run();
    expect(roles(one)).toEqual(['electing', 'leading', 'failed']);
    expect(words(one)).toEqual([]);
    const two = open(browser);
    await browser.run();
    expect([roles(two).at(-1), words(two)]).toEqual(['leading', ['a=1']]);
    expect(two.statuses.at(-1)).toMatchObject({ durability: { kind: 'indexeddb' } });
  });

  it('V7: one that wakes up beside another cannot write over what that one has written', async () => {
    const change = (n: number) => ({
      changes: new Map([['k', new Map([[`w${n}`, n]])]]),
      output: { results: [], late: [], rejected: [], dispositions: [] },
    });
    const database = new FakeDatabase();
    const [one, two] = [await openDatabase('x', { use: database.use() }), await openDatabase('x', { use: database.use() })];
    await two.commit(change(2));
    await expect((async () => one.commit(change(1)))()).rejects.toMatchObject({ code: 'SUPERSEDED' });
    await expect((async () => one.commit(change(3)))()).rejects.toMatchObject({ code: 'SUPERSEDED' });
    expect(one.durability).toEqual({ kind: 'indexeddb' });
    const [[, rows] = []] = (await openDatabase('x', { use: database.use() })).load();
    expect([...(rows ?? [])]).toEqual([['w2', 2]]);
  });

  it('V6: one that is closed by what it tells first writes nothing once another leads', async () => {
    const first = open(browser);
    await browser.run();
    void first.tab.send({ key: 'a', n: 1 });
    void first.tab.send({ key: 'b', n: 1, timestamp: browser.now + 8_000 });
    await browser.run();
    const before = browser.database.commits;
    browser.advance(10_000);
    for (let i = 0; i < 1_000 && browser.database.commits === before; i++) await browser.run(1);
    first.crash();
    const one = open(browser);
    one.tab.outputs$.subscribe(() => void one.tab.close());
    const two = open(browser);
    await browser.run();
    await closeAll(browser);
    expect(roles(one)).toEqual(['electing', 'closed']);
    expect([roles(two).at(-1), words(two)]).toEqual(['leading', ['a=1', 'b=1']]);
  });
});

describe('a database that does not do as it should', () => {
  it('V2: one that was emptied while it was used is written no more: half a log is worse than none', async () => {
    const one = open(browser);
    await browser.run();
    void one.tab.send({ key: 'a', n: 1 });
    void one.tab.send({ key: 'b', n: 1 });
    await browser.run();
    browser.database.parts.clear();
    browser.database.connection = {};
    void one.tab.send({ key: 'a', n: 2 });
    await browser.run();
    expect(one.statuses.at(-1)).toMatchObject({ durability: { kind: 'memory', why: expect.stringContaining('gone') } });
    expect(browser.database.parts.size).toBe(0);
    await closeAll(browser);
    expect(words(one)).toEqual(['a=3', 'b=1']);
  });

  it('V1: one whose connection was closed, and opened again, is gone on with', async () => {
    const one = open(browser);
    await browser.run();
    void one.tab.send({ key: 'a', n: 1 });
    await browser.run();
    browser.database.connection = {};
    void one.tab.send({ key: 'a', n: 2 });
    await browser.run();
    expect(one.statuses.at(-1)).toMatchObject({ durability: { kind: 'indexeddb' } });
    one.crash();
    const two = open(browser);
    await closeAll(browser);
    expect(words(two)).toEqual(['a=3']);
  });

  it('V2: one whose connection is lost amid a commit is tried once more', async () => {
    const one = open(browser);
    await browser.run();
    void one.tab.send({ key: 'a', n: 1 });
    await browser.run();
    browser.database.beforeCommit = () => {
      browser.database.beforeCommit = () => undefined;
      browser.database.connection = {};
      throw new Error('Connection to Indexed Database server lost');
    };
    void one.tab.send({ key: 'a', n: 2 });
    await browser.run();
    expect(one.statuses.at(-1)).toMatchObject({ durability: { kind: 'indexeddb' } });
    one.crash();
    const two = open(browser);
    await closeAll(browser);
    expect(words(two)).toEqual(['a=3']);
  });

  it('V6: one that never answers does not keep the lock of a tab that is closed', async () => {
    const never = new Promise<never>(() => undefined);
    const one = open(browser, { use: () => never });
    const two = open(browser);
    await browser.run();
    expect(roles(one)).toEqual(['electing']);
    await one.tab.close();
    await browser.run();
    expect([roles(one), roles(two)]).toEqual([
      ['electing', 'closed'],
      ['electing', 'leading'],
    ]);
  });

  it('V2: one that is full when the tab closes: the last status says that what it had taken is in memory', async () => {
    const one = open(browser);
    await browser.run();
    browser.database.beforeCommit = () => {
      throw new Error('QuotaExceededError');
    };
    const sent = one.tab.send({ key: 'a', n: 1 });
    const closed = one.tab.close();
    await browser.run();
    await closed;
    expect(await sent).toEqual({ kind: 'folded' });
    expect(one.statuses.at(-1)).toMatchObject({ role: 'closed', durability: { kind: 'memory' } });
  });
});

describe('what is sent and told', () => {
  it('V4: claims are refused where the clock is the watermark', async () => {
    const one = open(browser);
    await browser.run();
    await expect(one.tab.claim(browser.now)).rejects.toMatchObject({ code: 'OPTION' });
  });

  it('V4: what is sent when the tab has just come to lead comes after what was sent before, once', async () => {
    const one = open(browser);
    const sent = [one.tab.send({ key: 'a', n: 'x', tag: 'first' })];
    one.tab.status$.subscribe(({ role }) => {
      if (role === 'leading') sent.push(one.tab.send({ key: 'a', n: 'x', tag: 'second' }));
    });
    await browser.run();
    expect(await Promise.all(sent)).toMatchObject([{ kind: 'rejected' }, { kind: 'rejected' }]);
    expect(one.outputs.map((output) => (output as { event?: Tick }).event?.tag)).toEqual(['first', 'second']);
  });

  it('V7: an event that is no record is told once, when the leader dies between storing that and telling it', async () => {
    const [one, two] = [open(browser), open(browser)];
    await browser.run();
    const leader = roles(one).at(-1) === 'leading' ? one : two;
    const other = leader === one ? two : one;
    const before = browser.database.commits;
    const sent = other.tab.send({ key: 'a', n: 'x', tag: 'once' });
    for (let i = 0; i < 1_000 && browser.database.commits === before; i++) await browser.run(1);
    leader.crash();
    await browser.run();
    expect(await sent).toEqual({ kind: 'rejected', code: 'SCHEMA', message: expect.stringContaining('/n') });
    expect(words(other)).toEqual(['!SCHEMA']);
    expect(Object.keys(other.outputs[0] ?? {}).sort()).toEqual(['event', 'kind', 'rejected']);
  });

  it('V4: outputs are plain JSON data, the same in every tab, whatever the topology makes of its events', async () => {
    const of = topology({
      name: 'links',
      events: z.object({ key: z.string(), n: z.string().transform((text) => ({ text, at: new Date(0), call: () => text })), timestamp: z.number() }),
      key: ({ key }) => key,
      windows: anchored({ size: '5s', grace: '1s' }),
      reducer: aggregate(
        () => 0,
        (sum: number) => sum + 1,
      ),
      after: stateless.map((result: Result<number>) => ({ ...result, value: (() => undefined) as never })),
    });
    const [one, two] = [open(browser, {}, of as never), open(browser, {}, of as never)];
    await browser.run();
    const sent = one.tab.send({ key: 'a', n: 'x', timestamp: 10 } as never);
    const folded = one.tab.send({ key: 'a', n: 'x', timestamp: browser.now } as never);
    await browser.run();
    expect([await sent, await folded]).toMatchObject([{ kind: 'late' }, { kind: 'folded' }]);
    await closeAll(browser);
    expect(one.outputs).toHaveLength(2);
    expect(one.outputs).toEqual(two.outputs);
    expect(one.outputs[0]).toMatchObject({ late: { record: { value: { n: { text: 'x', at: '1970-01-01T00:00:00.000Z' } } } } });
    expect([roles(one).at(-1), roles(two).at(-1)].sort()).toEqual(['leading', 'watching']);
  });

  it('V4, R7: what stands before the windows cannot give a record a key that is none', async () => {
    const one = open(browser, {}, { ...ticks(), before: stateless.map((record) => ({ ...record, key: record.key === 'a' ? '' : record.key })) });
    const sent = [one.tab.send({ key: 'a', n: 1, timestamp: 1_000_000 }), one.tab.send({ key: 'b', n: 1, timestamp: 1_000_000 })];
    await browser.run();
    expect(await Promise.all(sent)).toEqual([
      { kind: 'rejected', code: 'TOPOLOGY', message: expect.stringContaining('The key is empty') },
      { kind: 'folded' },
    ]);
    one.crash();
    const two = open(browser);
    await closeAll(browser);
    expect(words(two)).toEqual(['b=1']);
  });

  it('V4: windows are shown again when some have changed, and not when what was told is deleted', async () => {
    const one = open(browser);
    await browser.run();
    const shown: number[] = [];
    one.tab.windows$.subscribe(({ length }) => shown.push(length));
    void one.tab.send({ key: 'a', n: 1 });
    await browser.run();
    await closeAll(browser);
    expect(shown).toEqual([0, 1, 0]);
  });

  it('V4: a status that the topology cannot say is empty, and nothing else fails', async () => {
    const silent = {
      ...ticks(),
      status: () => {
        throw new Error('no word');
      },
    };
    const one = open(browser, {}, silent);
    void one.tab.send({ key: 'a', n: 1 });
    await browser.run();
    expect(one.windows()).toMatchObject([{ key: 'a', status: '' }]);
    await closeAll(browser);
    expect(words(one)).toEqual(['a=1']);
  });

  it('V6: who looks at a closed tab sees that it is, and nothing open', async () => {
    const [one] = [open(browser), open(browser)];
    await browser.run();
    void one.tab.send({ key: 'a', n: 1 });
    await browser.run();
    const closed = one.tab.close();
    await browser.run();
    await Promise.all([closed, one.tab.close()]);
    const seen: unknown[] = [];
    one.tab.windows$.subscribe({ error: (error) => seen.push(error), complete: () => seen.push('windows end') });
    one.tab.status$.subscribe(({ role }) => seen.push(role));
    one.tab.outputs$.subscribe({ complete: () => seen.push('outputs end') });
    expect(seen).toEqual(['windows end', 'closed', 'outputs end']);
  });
});
