import { BehaviorSubject, Subject } from 'rxjs';
import { messageOf, OrielError } from '../core/errors.ts';
import { badOption, requireChoice } from '../core/option.ts';
import { isTimestamp } from '../core/record.ts';
import type { WindowOutput } from '../rxjs/items.ts';
import { type RunOptions, runTime } from '../rxjs/run-options.ts';
import { type IndexedDbStore, newName, openDatabase } from '../stores/indexeddb.ts';
import { timeoutHost } from '../timers/timeout.ts';
import type { Topology } from '../topology.ts';
import { type Leader, lead } from './leader.ts';
import { type Answer, type Asked, isMessage, type Message, type Said, VERSION } from './messages.ts';
import type { Tab, TabChannel, TabOptions, TabStatus } from './tab.ts';
import { onWaking } from './waking.ts';
import type { KeyWindows, TabWindow } from './windows.ts';

/** What a tab has asked may wait for its answer at most so often. */
const MOST_PENDING = 10_000;

/** What this tab has asked, until it is answered by whoever leads by then. */
type Pending = readonly [asked: Asked, settle: (answer: Answer | Promise<never>) => void];

/**
 * Runs a topology in the browser: in one tab of all that open it under a name, which holds a Web Lock until it is closed or dies. State is in IndexedDB (`openStore` says how
 * durable that is). The other tabs, or Workers, watch, and can send as well; one of them takes over at once. What fell due in between, or while the machine slept, closes
 * then, in order.
 *
 * Where Web Locks are absent (they need HTTPS or localhost) every tab runs the topology by itself, in memory; `status$` says so.
 * A browser lets the timers of a hidden page ring once a minute at the least.
 *
 * @throws OrielError `OPTION` for a time mode that it cannot have.
 */
export function openTab<V, S, O>(topology: Topology<V, S, O>, options: TabOptions = {}): Tab<V, S, O> {
  const {
    time,
    name = topology.name,
    host = timeoutHost,
    locks = globalThis.navigator?.locks,
    channel: channelOf = (of: string) => new BroadcastChannel(of),
  } = options;
  const own = runTime({ time, watermarks$: time?.mode === 'source' ? [] : undefined } as RunOptions, topology.time);
  requireChoice('time.mode', own.mode, ['source', 'clock']);
  const shared = `oriel/${name}`;
  const id = newName();
  const status$ = new BehaviorSubject<TabStatus>({ role: 'electing' });
  const outputs$ = new Subject<WindowOutput<V, S, O>>();
  const windows$ = new BehaviorSubject<readonly TabWindow[]>([]);
  const open = new Map<string, readonly TabWindow[]>();
  const pending = new Map<string, Pending>();
  /** What this tab is to be told next, by `life`. */
  const next = new Map<string, number>();
  const abort = new AbortController();
  const isOver = new Promise<unknown>((resolve) => {
    abort.signal.onabort = resolve;
  });
  let channel: TabChannel | undefined;
  let store: IndexedDbStore | undefined;
  let leader: Leader | undefined;
  /** Who leads. */
  let leads: string | undefined;
  let sent = 0;
  let ended: OrielError | undefined;
  let catchUp: (() => void) | undefined;

  onWaking(() => leader?.look(), abort.signal);
  elect()
    .catch((error) => {
      // It has led, and failed, or the lock was stolen.
      if (leads === id) throw error;
      channel?.close();
      channel = undefined;
      return run(() => Promise.reject(error));
    })
    .catch(fail);
  return { status$, outputs$, windows$, send, claim, close };

  async function send(event: unknown, of?: string): Promise<Answer> {
    let plain: unknown;
    try {
      plain = JSON.parse(JSON.stringify(event) ?? 'null');
    } catch (error) {
      return { kind: 'rejected', code: 'SCHEMA', message: messageOf(error) };
    }
    return ask({ id: of, event: plain });
  }

  async function claim(watermark: number): Promise<void> {
    if (own.mode === 'clock' || !isTimestamp(watermark)) throw badOption('claim', watermark, "whole ms since the epoch, in mode 'source'");
    await ask({ watermark });
  }

  async function close(): Promise<void> {
    if (ended === undefined) {
      ended = new OrielError('UNAVAILABLE', 'The tab is closed.');
      await leader?.close();
      end('closed');
    }
    await isOver;
  }

  async function elect(): Promise<void> {
    if (locks === undefined) throw new Error('Web Locks need HTTPS.');
    channel = channelOf(shared);
    channel.onmessage = ({ data }) => {
      if (isMessage(data)) hear(data);
    };
    post({ t: 'hello', list: [] });
    await locks.request(shared, { signal: abort.signal }, async () => {
      // All that was posted before is heard before this: a leader that died may have told what nobody will tell again.
      const probe = channelOf(shared);
      const caughtUp = new Promise<void>((resolve) => {
        catchUp = resolve;
        post({ t: 'hello', list: [] }, probe);
      });
      await Promise.race([caughtUp, isOver]);
      probe.close();
      await run(options.use);
    });
  }

  /** Leads until it is over. @throws what makes it fail. */
  async function run(use: TabOptions['use']): Promise<void> {
    leads = id;
    // A database that never answers does not keep the lock of a closed tab.
    store = (await Promise.race([openDatabase(name, { use, onMemory: announce }), isOver])) as IndexedDbStore;
    if (ended !== undefined) return;
    const leading = lead({ ...topology, time: own }, store, host, { say, show, fail });
    // What it told first may have closed this tab.
    if (ended !== undefined) return leading.close();
    leader = leading;
    forward();
    announce();
    await isOver;
  }

  /** @throws once it is over. */
  function ask(what: Omit<Asked, 'ask' | 'at'>): Promise<Answer> {
    if (ended !== undefined) throw ended;
    if (pending.size >= MOST_PENDING) {
      throw new OrielError('UNAVAILABLE', `${MOST_PENDING} events wait.`, { retryable: true });
    }
    const one = { ...what, ask: `${id}/${++sent}`, at: host.now() };
    return new Promise((settle) => {
      pending.set(one.ask, [one, settle]);
      forward([one]);
    });
  }

  /** To whoever leads, by default all that waits: what is asked while nobody leads is asked then. */
  function forward(list: readonly Asked[] = [...pending.values()].map(([asked]) => asked)): void {
    if (leader !== undefined) leader.ask(list);
    else if (leads !== undefined) post({ t: 'ask', to: leads, list });
  }

  function hear(message: Message): void {
    const { from, t, list } = message;
    if (from === id) catchUp?.();
    if (t === 'told') {
      // Each once: a leader tells again what the one before it may not have told.
      let { life, seq } = message;
      for (const { ask: of, ...output } of list) {
        if (seq >= (next.get(life) ?? 0)) {
          next.set(life, seq + 1);
          outputs$.next(output as WindowOutput<V, S, O>);
        }
        seq++;
        if (of === undefined || output.kind !== 'rejected') continue;
        const { code, message: why } = output.rejected;
        settle(of, { kind: 'rejected', code, message: why });
      }
    } else if (t === 'done') {
      for (const [of, answer] of list) settle(of, answer);
    } else if (t === 'windows' && from === leads) {
      // And not what one that leads no more had said, and that comes late.
      draw(list);
    } else if (t === 'hello') {
      announce();
    } else if (t === 'ask') {
      if (message.to === id) leader?.ask(list);
    } else if (t === 'lead' && (leader === undefined || from === id)) {
      // All that is open follows.
      open.clear();
      status$.next({ role: from === id ? 'leading' : 'watching', durability: list[0] });
      if (from === leads) return;
      leads = from;
      forward();
    }
  }

  function settle(of: string, answer: Answer): void {
    pending.get(of)?.[1](answer);
    pending.delete(of);
  }

  /** Says that this tab leads, and all that is open. */
  function announce(): void {
    if (leader === undefined) return;
    say({ t: 'lead', list: [(store as IndexedDbStore).durability] });
    show();
  }

  /** Tells what is open of these keys, or at all. */
  function show(keys?: readonly string[]): void {
    if (leader !== undefined && keys?.length !== 0) say({ t: 'windows', list: leader.windows(keys) });
  }

  function draw(list: KeyWindows): void {
    for (const [key, windows] of list) {
      if (windows.length > 0) open.set(key, windows);
      else open.delete(key);
    }
    windows$.next([...open.values()].flat());
  }

  /** To all tabs, this one too. */
  function say(said: Said): void {
    hear(post(said));
  }

  function post(said: Said, on: TabChannel | undefined = channel): Message {
    const message: Message = { ...said, from: id, oriel: VERSION };
    on?.postMessage(message);
    return message;
  }

  function fail(error: unknown): void {
    if (ended !== undefined) return;
    ended = error instanceof OrielError ? error : new OrielError('INTERNAL', messageOf(error), { cause: error });
    end('failed');
  }

  function end(role: 'closed' | 'failed'): void {
    const error = ended as OrielError;
    abort.abort();
    for (const [, settle] of pending.values()) settle(Promise.reject(error));
    pending.clear();
    // A leader that fails can tell nobody any more, and stops at that: what it still has to tell stays for the next.
    void leader?.close();
    leader = undefined;
    channel?.close();
    status$.next({ ...status$.value, role, error });
    outputs$.complete();
    windows$.complete();
  }
}
