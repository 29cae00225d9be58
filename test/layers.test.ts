import { describe, expect, it } from 'vitest';
import { type SourceFile, sourcesOf } from './support/source.ts';

const src = sourcesOf('src');
const worker = sourcesOf('worker');
const web = sourcesOf('web');
const all = [...src, ...worker, ...web];

/** What each part of `src` may import from the rest of it. A part is a folder or a file of `src`; its own files are always allowed. */
const BELOW: Readonly<Record<string, readonly string[]>> = {
  core: [],
  ports: ['core'],
  protocol: ['core'],
  settings: ['core'],
  gateway: ['core', 'protocol'],
  topology: ['core', 'ports'],
  describe: ['core', 'topology'],
  stores: ['core', 'ports'],
  timers: ['core', 'ports'],
  processor: ['core', 'ports', 'topology'],
  reservation: ['core', 'topology'],
  retry: ['core', 'topology'],
  sessions: ['core', 'topology'],
  rxjs: ['core', 'ports', 'topology', 'processor', 'stores', 'timers'],
  'durable-object': ['core', 'ports', 'topology', 'processor', 'stores', 'timers', 'protocol'],
  client: ['core', 'ports', 'topology', 'protocol'],
  bridge: ['core', 'ports', 'protocol', 'settings', 'gateway', 'reservation', 'retry', 'sessions'],
  tab: ['core', 'ports', 'topology', 'processor', 'stores', 'timers', 'rxjs'],
  testing: ['core', 'ports', 'topology', 'processor', 'stores', 'timers', 'rxjs'],
  index: ['core', 'ports', 'topology', 'describe', 'processor', 'stores', 'timers', 'rxjs', 'client', 'protocol'],
};

/** Single edges beside the table, each with its reason. */
const BESIDE: Readonly<Record<string, string>> = {
  'src/durable-object.ts → src/rxjs/run-sync.ts': 'D7: the operators of a topology run in an object by the same rule as in a tab',
};

/** `src/stores/memory.ts` → `stores`; `src/rxjs.ts` → `rxjs`. */
function partOf(path: string): string {
  return (path.split('/')[1] ?? '').replace(/\.ts$/, '');
}

function edges(files: readonly SourceFile[]): { from: string; to: string }[] {
  return files.flatMap(({ path, imports }) => imports.map((to) => ({ from: path, to })));
}

function isFile(path: string): boolean {
  return path.startsWith('src/') || path.startsWith('worker/') || path.startsWith('web/') || path.startsWith('test/');
}

function shown(found: readonly { from: string; to: string }[]): string[] {
  return found.map(({ from, to }) => `${from} → ${to}`);
}

function callers(files: readonly SourceFile[], names: readonly string[]): string[] {
  return files.filter(({ calls }) => calls.some(({ chain }) => names.includes(chain.at(-1) ?? ''))).map(({ path }) => path);
}

/** Code that runs inside a Durable Object or a Worker. */
const durable = [
  ...worker.filter(({ path }) => !path.startsWith('worker/start')),
  ...src.filter(
    ({ path }) => ['durable-object', 'gateway'].includes(partOf(path)) || path === 'src/stores/durable-object.ts' || path === 'src/timers/alarm.ts',
  ),
];

describe('the layers', () => {
  it('gives every part of src a place in the table', () => {
    expect([...new Set(src.map(({ path }) => partOf(path)))].filter((part) => BELOW[part] === undefined)).toEqual([]);
  });

  it('lets src import only what stands below', () => {
    const inside = edges(src).filter(({ to }) => to.startsWith('src/'));
    const wrong = inside.filter(({ from, to }) => partOf(from) !== partOf(to) && !BELOW[partOf(from)]?.includes(partOf(to)));
    expect(shown(wrong).filter((edge) => BESIDE[edge] === undefined)).toEqual([]);
    expect(inside.length).toBeGreaterThan(20);
  });

  it('lets nothing in src import the worker, the page or a test', () => {
    expect(shown(edges(src).filter(({ to }) => isFile(to) && !to.startsWith('src/')))).toEqual([]);
  });

  it('lets the worker and the page import src, and not each other; the bridge is for the launcher alone, Durable Objects for the worker', () => {
    const wrong = edges([...worker, ...web]).filter(({ from, to }) => {
      if (!isFile(to)) return false;
      if (to.startsWith('src/bridge/')) return !from.startsWith('worker/start');
      if (to.startsWith('src/durable-object')) return !from.startsWith('worker/');
      return !to.startsWith('src/') && to.split('/')[0] !== from.split('/')[0];
    });
    expect(shown(wrong)).toEqual([]);
  });

  it('keeps RxJS out of all that runs without it: what is stored, timed, sent or decided', () => {
    const without = [
      'core',
      'ports',
      'processor',
      'stores',
      'timers',
      'protocol',
      'settings',
      'gateway',
      'reservation',
      'retry',
      'sessions',
      'bridge',
    ];
    expect(shown(edges(src).filter(({ from, to }) => /^rxjs(\/|$)/.test(to) && without.includes(partOf(from))))).toEqual([]);
  });

  it('keeps the core free of every package', () => {
    const core = src.filter(({ path }) => path.startsWith('src/core/'));
    expect(shown(edges(core).filter(({ to }) => !to.startsWith('src/core/')))).toEqual([]);
  });

  it('keeps Node in the bridge and the launcher, and workerd in the worker and what runs in its objects', () => {
    const node = edges(all).filter(
      ({ from, to }) =>
        to.startsWith('node:') && !from.startsWith('src/bridge/') && !from.startsWith('worker/start') && from !== 'web/vite.config.ts',
    );
    const workerd = edges(all).filter(({ from, to }) => to.startsWith('cloudflare:') && !durable.some(({ path }) => path === from));
    expect(shown([...node, ...workerd])).toEqual([]);
  });
});

describe('what one place alone may do', () => {
  it('D3: only timers/alarm.ts sets or deletes the alarm', () => {
    expect(callers(all, ['setAlarm', 'deleteAlarm']).filter((path) => path !== 'src/timers/alarm.ts')).toEqual([]);
  });

  it('D7: no timer or interval in code that runs inside an object', () => {
    expect(callers(durable, ['setTimeout', 'setInterval'])).toEqual([]);
  });

  it('has no file past 300 lines', () => {
    const long = all.map(({ path, text }) => ({ path, lines: text.split('\n').length - 1 })).filter(({ lines }) => lines > 300);
    expect(long).toEqual([]);
  });
});
