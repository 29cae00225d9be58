import { z } from 'zod';
import { aggregate, anchored, topology, type WindowOutput } from '../../src/index.ts';
import { openTab, type Tab, type TabOptions, type TabStatus, type TabWindow } from '../../src/tab.ts';
import type { FakeBrowser } from './fake-browser.ts';

/** An event of the tests; one without a timestamp happens when it is sent. */
export interface Tick {
  readonly key: string;
  readonly n: number;
  readonly timestamp?: number | undefined;
  /** The id it is sent with, for one that is refused before it is a record. */
  readonly tag?: string | undefined;
}

/** Windows of 5 s that add up, with a grace of 1 s. */
export function ticks({ version = 1 } = {}) {
  return topology({
    name: 'ticks',
    version,
    migrate: (state) => state as number,
    events: z.object({ key: z.string(), n: z.number(), timestamp: z.number().optional(), tag: z.string().optional() }),
    key: ({ key }) => key,
    windows: anchored({ size: '5s', grace: '1s' }),
    reducer: aggregate<Tick, number>(
      () => 0,
      (sum, { value }) => sum + value.n,
    ),
  });
}

type Output = WindowOutput<Tick, number, number>;

/** A tab of a fake browser, and all that it has shown up to its death. */
export interface Opened {
  readonly tab: Tab<Tick, number, number>;
  readonly outputs: Output[];
  readonly statuses: TabStatus[];
  windows(): readonly TabWindow[];
  readonly crash: () => void;
  readonly isAlive: () => boolean;
}

export function open(browser: FakeBrowser, options: Partial<TabOptions> = {}, of = ticks()): Opened {
  const { options: own, crash, isAlive } = browser.tab();
  const tab = openTab(of, { ...own, ...options });
  const outputs: Output[] = [];
  const statuses: TabStatus[] = [];
  let windows: readonly TabWindow[] = [];
  tab.outputs$.subscribe((output) => isAlive() && outputs.push(output as Output));
  tab.status$.subscribe((status) => statuses.push(status));
  tab.windows$.subscribe((all) => {
    windows = all;
  });
  return { tab, outputs, statuses, windows: () => windows, crash, isAlive };
}

/** Time passes until every window has closed. */
export async function closeAll(browser: FakeBrowser): Promise<void> {
  browser.advance(10_000);
  await browser.run();
}

/** An output in a word: `a=3` a final sum, `a?` late, `a!SCHEMA` rejected. */
export function word(output: Output): string {
  switch (output.kind) {
    case 'result':
      return `${output.result.key}=${output.result.value}`;
    case 'late':
      return `${output.late.record.key}?`;
    case 'rejected':
      return `${output.rejected.record?.key ?? ''}!${output.rejected.code}`;
  }
}

export const words = ({ outputs }: Opened): string[] => outputs.map(word);
export const roles = ({ statuses }: Opened): string[] => statuses.map(({ role }) => role);

/** Ids of the events that an output is about: those folded, or the one that was late or rejected. */
export function idsOf(output: Output): string[] {
  if (output.kind === 'result') return (output.result.explanation.sources as readonly { id: string }[]).map(({ id }) => id);
  const record = output.kind === 'late' ? output.late.record : output.rejected.record;
  return [record === undefined ? String((output as { event?: Tick }).event?.tag) : (record.source as { id: string }).id];
}
