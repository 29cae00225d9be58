import { setTimeout as sleep } from 'node:timers/promises';
import { type EventLine, requested } from '../support/events.ts';
import { watch } from './closing-live.ts';
import { IngestClient } from './ingest-client.ts';
import { BARE_CONFIG, quantile, TOKENS, withWorkers } from './ingest-host.ts';
import { post } from './ingest-post.ts';
import type { Row } from './table.ts';

const WINDOW_MS = 1_000;
const SETTINGS = { ORIEL_WINDOW: `${WINDOW_MS}ms`, ORIEL_GRACE: '0ms', ORIEL_RETENTION: '1h' };
const MOST_WAIT_MS = 60_000;
const POLL_MS = 20;

/** Windows that fall due, each of its own customer. Idle objects leave memory after 10 s: `dueInMs` says whether they have to be woken. */
interface Shape {
  readonly name: string;
  readonly count: number;
  readonly dueInMs: number;
  /** Between one due and the next. */
  readonly apartMs: number;
}

const SHAPES: readonly Shape[] = [
  { name: 'one alone', count: 40, dueInMs: 3_000, apartMs: 150 },
  { name: '500 at one instant', count: 500, dueInMs: 8_500, apartMs: 0 },
  { name: '500 at one instant, all asleep', count: 500, dueInMs: 18_000, apartMs: 0 },
];

/**
 * How late outcomes are told, in ms after `closesAt`: where they can be seen from outside, at a viewer's socket (`clock` mode) or at the
 * bridge's, and not where they are made.
 */
export async function run(): Promise<readonly Row[]> {
  const orders = { bare: { config: BARE_CONFIG }, clock: { vars: { ...SETTINGS, ORIEL_TIME: 'clock' } }, source: { vars: SETTINGS } };
  return withWorkers(orders, async (urls) => {
    const watched = new Seen();
    const stopWatching = await watch(urls.clock, (seq) => watched.seen(seq));
    const bridged = new Seen();
    const bridge = await openBridge(urls.source, bridged);
    const rows: Row[] = [];
    for (const shape of SHAPES) {
      const bare = await bareAlarms(urls.bare, shape);
      const clock = await watched.of(shape, (events) => post(urls.clock, events));
      const source = await bridged.of(shape, (events) => bridge.send(events));
      rows.push(row(`${shape.name}, clock mode`, clock, bare, 150), row(`${shape.name}, over the bridge`, source, bare, 500));
    }
    stopWatching();
    bridge.close();
    return rows;
  });
}

/** A bridge whose sink stores, and acknowledges, together what comes together. */
async function openBridge(url: string, outcomes: Seen): Promise<IngestClient> {
  let stored: string | undefined;
  const acknowledge = (): void => {
    if (stored !== undefined) bridge.acknowledgeOutcomes(stored);
    stored = undefined;
  };
  const bridge = await IngestClient.open({
    ...{ url, token: TOKENS.ORIEL_INGEST_TOKEN, claims: true },
    onOutcome({ seq }) {
      outcomes.seen(Number(seq));
      if (stored === undefined) setImmediate(acknowledge);
      stored = seq;
    },
  });
  return bridge;
}

/** When outcomes are seen, in the order of their `seq`: each window has one. */
class Seen {
  readonly #instants: number[] = [];

  /** Everything up to a `seq` can be seen; a viewer is shown only the last hundred of what came at once. */
  seen(seq: number): void {
    while (this.#instants.length < seq) this.#instants.push(Date.now());
  }

  /** Has the windows of a shape opened in time, and waits for their outcomes. Gives by how much each was late; nothing where opening them took too long. */
  async of({ name, count, dueInMs, apartMs }: Shape, open: (events: readonly EventLine[]) => Promise<unknown>): Promise<number[]> {
    const before = this.#instants.length;
    const first = Date.now() + dueInMs;
    const events = Array.from({ length: count }, (_, i) => requested(`${name.replaceAll(/\W/g, '')}-${i}`, 'table', first + i * apartMs - WINDOW_MS));
    await open(events);
    const inTime = Date.now() < first;
    for (const end = first + count * apartMs + MOST_WAIT_MS; this.#instants.length < before + count; await sleep(POLL_MS)) {
      if (Date.now() > end) throw new Error(`${name}: ${this.#instants.length - before} of ${count} outcomes have come.`);
    }
    return inTime ? this.#instants.slice(before).map((instant, i) => instant - (first + i * apartMs)) : [];
  }
}

/** The same of objects whose alarm does nothing but insert a row. */
async function bareAlarms(url: string, { name, count, dueInMs, apartMs }: Shape): Promise<number[]> {
  const first = Date.now() + dueInMs;
  const set = async (from: number, many: number, at: number): Promise<void> => {
    await fetch(`${url}/alarms?name=${encodeURIComponent(name)}&from=${from}&count=${many}&at=${at}`);
  };
  if (apartMs === 0) await set(0, count, first);
  else for (let i = 0; i < count; i++) await set(i, 1, first + i * apartMs);
  await sleep(first + count * apartMs - Date.now() + 200);
  const found: number[] = [];
  for (const end = Date.now() + MOST_WAIT_MS; found.length < count && Date.now() < end; await sleep(POLL_MS)) {
    found.push(...((await (await fetch(`${url}/lateness`)).json()) as number[]));
  }
  return found;
}

function row(figure: string, own: readonly number[], bare: readonly number[], aimMs: number): Row {
  return {
    group: 'outcomes after closesAt',
    figure,
    value: quantiles(own),
    beside: `bare alarms ${quantiles(bare)}`,
    ratio: (quantile(own, 0.99) / quantile(bare, 0.99)).toFixed(1),
    aim: `p99 under ${aimMs} ms`,
  };
}

function quantiles(values: readonly number[]): string {
  if (values.length === 0) return 'not measured: the windows were due before all were open';
  return `p50 ${quantile(values, 0.5)}, p99 ${quantile(values, 0.99)}, max ${Math.max(...values)} ms`;
}

if (import.meta.main) console.table(await run());
