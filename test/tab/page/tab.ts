import { openTab, type Tab, type TabOptions, type TabStatus, type TabWindow } from '../../../src/tab.ts';
import { idsOf, type Tick, ticks, word } from '../tabs.ts';
import { virtualHost } from '../virtual-host.ts';

/** What a test does in a page, and what it sees there. */
export interface InPage {
  /** Opens the tab; on a clock of its own where asked. */
  open(options?: { readonly virtual?: boolean }): void;
  /** Sends that many events of keys `PREFIX0`, `PREFIX1` ..., whose windows close in `firstMs` from now, and each `stepMs` later. Gives the kinds of answer. */
  send(prefix: string, count: number, firstMs: number, stepMs: number): Promise<string[]>;
  /** The virtual clock jumps, with no timeout ending on the way. */
  jump(ms: number): void;
  close(): Promise<void>;
  readonly told: string[];
  readonly status: TabStatus | undefined;
  readonly windows: readonly TabWindow[];
}

/** `ticks` close so long after the event: 5 s and a grace of 1 s. */
const CLOSES_MS = 6_000;

function inPage(): InPage {
  let tab: Tab<Tick, number, number>;
  let now = (): number => Date.now();
  const virtual = virtualHost();
  const there = {
    told: JSON.parse(localStorage.getItem('told') ?? '[]') as string[],
    status: undefined as TabStatus | undefined,
    windows: [] as readonly TabWindow[],
    open(given: { readonly virtual?: boolean } = {}) {
      const options: TabOptions = given.virtual === true ? { host: virtual } : {};
      if (given.virtual === true) now = virtual.now;
      tab = openTab(ticks(), options);
      tab.outputs$.subscribe((output) => {
        there.told.push(`${word(output)} ${idsOf(output).join()}`);
        if (sessionStorage.getItem('keeps') !== null) localStorage.setItem('told', JSON.stringify(there.told));
      });
      tab.status$.subscribe((status) => {
        there.status = status;
      });
      tab.windows$.subscribe((windows) => {
        there.windows = windows;
      });
    },
    async send(prefix: string, count: number, firstMs: number, stepMs: number) {
      const first = now() - CLOSES_MS + firstMs;
      const answers = Array.from({ length: count }, (_, i) =>
        tab.send({ key: `${prefix}${i}`, n: i, timestamp: first + Math.floor(i * stepMs) }, `${prefix}${i}`),
      );
      return (await Promise.all(answers)).map(({ kind }) => kind);
    },
    jump: (ms: number) => virtual.jump(ms),
    close: () => tab.close(),
  };
  return there;
}

Object.assign(globalThis, { tab: inPage() });
