import { BehaviorSubject, Subject } from 'rxjs';
import type { Definition } from '../core/definition.ts';
import { messageOf, OrielError } from '../core/errors.ts';
import { isTimestamp } from '../core/record.ts';
import type { WindowOutput } from '../rxjs/items.ts';
import { type RunOptions, runTime } from '../rxjs/run-options.ts';
import { type Durability, openDatabase } from '../stores/indexeddb.ts';
import { type TimeoutHost, timeoutHost } from '../timers/timeout.ts';
import type { Topology } from '../topology.ts';
import { Leader } from './leader.ts';
import { type Answer, type Asked, type Message, packed, type Said, unpacked } from './messages.ts';
import { Pending } from './pending.ts';
import type { Tab, TabChannel, TabOptions, TabStatus } from './tab.ts';
import { onWaking } from './waking.ts';
import { OpenWindows } from './windows.ts';

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
  return new RunningTab(topology, options);
}

class RunningTab<V, S, O> implements Tab<V, S, O> {
  readonly status$ = new BehaviorSubject<TabStatus>({ role: 'electing' });
  readonly outputs$ = new Subject<WindowOutput<V, S, O>>();
  readonly #open = new OpenWindows(() => this.#show());
  readonly windows$ = this.#open.windows$;
  readonly #topology: Topology<V, S, O>;
  readonly #definition: Definition<V, S, O>;
  readonly #options: TabOptions;
  readonly #name: string;
  readonly #host: TimeoutHost;
  readonly #id = Math.random().toString(36).slice(2);
  readonly #pending = new Pending();
  readonly #abort = new AbortController();
  readonly #isOver: Promise<void>;
  /** What this tab is to be told next, by `life`. */
  readonly #next = new Map<string, number>();
  #channel: TabChannel | undefined;
  /** Other tabs have been heard of. */
  #isWatched = false;
  #leader: Leader<V, S, O> | undefined;
  /** Who leads. */
  #leads: string | undefined;
  #sent = 0;
  #ended: OrielError | undefined;
  #caughtUp: () => void = () => undefined;
  #letGo: () => void = () => undefined;

  constructor(topology: Topology<V, S, O>, options: TabOptions) {
    const { time, name = topology.name, locks = globalThis.navigator?.locks } = options;
    const own = runTime({ time, watermarks$: time?.mode === 'source' ? [] : undefined } as RunOptions, topology.time);
    if (own.mode === 'stream') {
      throw new OrielError(
        'OPTION',
        "time.mode: 'stream' was given; the rule is 'clock' or 'source'. Run a log through the topology with `through`.",
      );
    }
    this.#topology = topology;
    this.#definition = Object.freeze({ ...topology, time: own });
    this.#options = options;
    this.#name = name;
    this.#host = options.host ?? timeoutHost;
    this.#isOver = new Promise((resolve) => {
      this.#letGo = resolve;
    });
    onWaking(() => this.#leader?.look(), this.#abort.signal);
    (locks === undefined ? Promise.reject(new Error('Web Locks need HTTPS or localhost')) : this.#elect(locks))
      .catch((error) => {
        this.#channel?.close();
        this.#channel = undefined;
        return this.#lead(`Tabs cannot agree here on one that leads (${messageOf(error)}), so each forgets when it is closed.`);
      })
      .catch((error) => this.#fail(error));
  }

  async send(event: unknown, id?: string): Promise<Answer> {
    let text: string | undefined;
    try {
      text = JSON.stringify(event);
    } catch (error) {
      return { kind: 'rejected', code: 'SCHEMA', message: messageOf(error) };
    }
    return this.#ask({ id, text: text ?? 'null' });
  }

  async claim(watermark: number): Promise<void> {
    if (!isTimestamp(watermark)) throw new OrielError('OPTION', `claim: ${String(watermark)} was given; the rule is whole ms since the epoch.`);
    await this.#ask({ watermark });
  }

  async close(): Promise<void> {
    if (this.#ended !== undefined) return this.#isOver;
    this.#ended = new OrielError('UNAVAILABLE', 'This tab was closed: whether what it sent was taken is not known. Open another.');
    await this.#leader?.close();
    this.#end('closed');
  }

  async #elect(locks: Pick<LockManager, 'request'>): Promise<void> {
    const { channel = (name: string) => new BroadcastChannel(name), use } = this.#options;
    const name = `oriel/${this.#name}`;
    this.#channel = channel(name);
    this.#channel.onmessage = ({ data }) => {
      const message = unpacked(data);
      if (message !== undefined) this.#hear(message);
    };
    this.#post({ t: 'hello', list: [] });
    await locks.request(name, { signal: this.#abort.signal }, async () => {
      await this.#catchUp(channel(name));
      await this.#lead(use).catch((error) => this.#fail(error));
    });
  }

  /** Hears all that was posted before now, by one more post to itself: a leader that died may have told what it need not tell again. */
  async #catchUp(probe: TabChannel): Promise<void> {
    const heard = new Promise<void>((resolve) => {
      this.#caughtUp = resolve;
    });
    probe.postMessage(packed(this.#id, { t: 'hello', list: [] }));
    await Promise.race([heard, this.#isOver]);
    probe.close();
  }

  /** Leads until the tab is closed. @throws what makes it fail. */
  async #lead(use: TabOptions['use'] | string): Promise<void> {
    if (this.#ended !== undefined) return;
    const store = await openDatabase(this.#name, { use, onMemory: (durability) => this.#announce(durability) });
    if (this.#ended !== undefined) return;
    const leader = new Leader(
      this.#topology,
      this.#definition,
      this.#host,
      {
        told: ({ life, seq, items }) => this.#say({ t: 'told', life, seq, list: items as object[] }),
        answered: (list) => this.#say({ t: 'done', list }),
        changed: (keys) => this.#show(keys),
        failed: (error) => this.#fail(error),
      },
      store,
    );
    this.#leader = leader;
    this.#leads = this.#id;
    this.#announce(store.durability);
    leader.ask(this.#pending.all());
    await this.#isOver;
  }
  /** @throws once it is over. */
  #ask(what: Omit<Asked, 'ask' | 'at'>): Promise<Answer> {
    if (this.#ended !== undefined) throw this.#ended;
    const asked = { ...what, ask: `${this.#id}/${++this.#sent}`, at: this.#host.now() };
    const answer = this.#pending.add(asked);
    this.#forward([asked]);
    return answer;
  }

  /** To whoever leads; what is asked while nobody does is asked then. */
  #forward(list: readonly Asked[]): void {
    if (this.#leader !== undefined) this.#leader.ask(list);
    else if (this.#leads !== undefined) this.#post({ t: 'ask', to: this.#leads, list });
  }

  #hear(message: Message): void {
    const { from, t, list } = message;
    const leader = this.#leader;
    if (from === this.#id) this.#caughtUp();
    else this.#isWatched = true;
    if (t === 'told') this.#hearTold(message.life, message.seq, list);
    else if (t === 'done') for (const [id, answer] of list) this.#pending.answer(id, answer);
    else if (leader !== undefined) {
      if (t === 'hello') this.#announce();
      if (t === 'ask' && message.to === this.#id) leader.ask(list);
    } else if (t === 'lead') {
      this.status$.next({ role: 'watching', durability: list[0] });
      if (from === this.#leads) return;
      this.#leads = from;
      this.#forward(this.#pending.all());
    } else if (t === 'windows' && from === this.#leads) this.#open.put(list, message.all);
  }

  /** Each output once: a leader tells again what the one before it may not have told. */
  #hearTold(life: string, seq: number, outputs: readonly object[]): void {
    const next = Math.max(seq, this.#next.get(life) ?? 0);
    this.#next.set(life, Math.max(next, seq + outputs.length));
    for (const output of outputs.slice(next - seq)) this.outputs$.next(output as WindowOutput<V, S, O>);
  }

  /** Says that this tab leads, and all that is open. */
  #announce(durability?: Durability): void {
    const told = durability ?? this.status$.value.durability;
    if (this.#ended !== undefined || told === undefined) return;
    this.status$.next({ role: 'leading', durability: told });
    this.#post({ t: 'lead', list: [told] });
    this.#show();
  }

  /** Tells what is open of these keys, or at all, where anybody looks. */
  #show(keys?: readonly string[]): void {
    if (this.#leader === undefined || !(this.#isWatched || this.#open.isObserved || keys === undefined)) return;
    const list = this.#leader.windows(keys);
    const all = keys === undefined;
    this.#open.put(list, all);
    if (this.#isWatched) this.#post({ t: 'windows', all, list });
  }

  /** To all tabs, this one too. */
  #say(said: Said): void {
    this.#post(said);
    this.#hear({ ...said, from: this.#id });
  }

  #post(said: Said): void {
    this.#channel?.postMessage(packed(this.#id, said));
  }

  #fail(error: unknown): void {
    if (this.#ended !== undefined) return;
    this.#ended = error instanceof OrielError ? error : new OrielError('INTERNAL', messageOf(error), { cause: error });
    this.#end('failed');
  }

  #end(role: 'closed' | 'failed'): void {
    const error = this.#ended as OrielError;
    this.#abort.abort();
    this.#pending.reject(error);
    this.#channel?.close();
    this.status$.next({ ...this.status$.value, role, error });
    this.status$.complete();
    this.outputs$.complete();
    this.#open.end();
    this.#letGo();
  }
}
