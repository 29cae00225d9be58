import { BehaviorSubject, Subject } from 'rxjs';
import type { Definition } from '../core/definition.ts';
import { messageOf, OrielError } from '../core/errors.ts';
import { isTimestamp } from '../core/record.ts';
import type { WindowOutput } from '../rxjs/items.ts';
import { runTime } from '../rxjs/run-options.ts';
import { type Durability, openDatabase } from '../stores/indexeddb.ts';
import type { Untold } from '../stores/outbox.ts';
import { type TimeoutHost, timeoutHost } from '../timers/timeout.ts';
import type { Topology } from '../topology.ts';
import { Leader, PAGE } from './leader.ts';
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
  readonly #topology: Topology<V, S, O>;
  readonly #definition: Definition<V, S, O>;
  readonly #options: TabOptions;
  readonly #name: string;
  readonly #host: TimeoutHost;
  readonly #id = Math.random().toString(36).slice(2);
  readonly #pending = new Pending();
  readonly #abort = new AbortController();
  readonly #isOver: Promise<void>;
  readonly #asleep: () => void;
  /** The greatest `seq` this tab was told, by `life`. */
  readonly #seen = new Map<string, number>();
  #channel: TabChannel | undefined;
  /** Other tabs have been heard of. */
  #isWatched = false;
  #leader: Leader<V, S, O> | undefined;
  /** Who leads. */
  #leads: string | undefined;
  #sent = 0;
  #ended: OrielError | undefined;
  #closing: Promise<void> | undefined;
  #caughtUp: () => void = () => undefined;
  #letGo: () => void = () => undefined;

  constructor(topology: Topology<V, S, O>, options: TabOptions) {
    const { time, name = topology.name, locks = globalThis.navigator?.locks } = options;
    const own = runTime({ ...(time === undefined ? {} : { time }), ...(time?.mode === 'source' ? { watermarks$: [] } : {}) }, topology.time);
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
    this.#asleep = onWaking(() => this.#leader?.look());
    if (locks === undefined) void this.#leadAlone('Web Locks are absent here: they need HTTPS or localhost');
    else this.#elect(locks);
  }

  get windows$() {
    return this.#open.windows$;
  }

  async send(event: unknown, id = `${this.#id}/${++this.#sent}`): Promise<Answer> {
    let text: string;
    try {
      text = JSON.stringify(event);
    } catch (error) {
      return { kind: 'rejected', code: 'SCHEMA', message: messageOf(error) };
    }
    return this.#ask({ id, at: this.#host.now(), text: text ?? 'null' });
  }

  async claim(watermark: number): Promise<void> {
    if (this.#definition.time.mode === 'clock' || !isTimestamp(watermark)) {
      const rule = "the rule is whole ms since the epoch, in time mode 'source'.";
      throw new OrielError('OPTION', `claim: ${String(watermark)} was given in mode '${this.#definition.time.mode}'; ${rule}`);
    }
    await this.#ask({ id: `${this.#id}/${++this.#sent}`, at: this.#host.now(), watermark });
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    if (this.#ended !== undefined) return;
    this.#ended = new OrielError('UNAVAILABLE', 'This tab was closed: whether what it sent was taken is not known. Open another.');
    await this.#leader?.close();
    this.#end('closed', this.#ended);
  }

  #elect(locks: Pick<LockManager, 'request'>): void {
    const { channel = (name: string) => new BroadcastChannel(name), use } = this.#options;
    const name = `oriel/${this.#name}`;
    let granted = false;
    try {
      this.#channel = channel(name);
      this.#channel.onmessage = ({ data }) => {
        const message = unpacked(data);
        if (message !== undefined) this.#hear(message);
      };
    } catch {
      // Without a channel a tab that does not lead waits until it does.
    }
    this.#post({ t: 'hello' });
    locks
      .request(name, { signal: this.#abort.signal }, async () => {
        granted = true;
        if (this.#channel !== undefined) await this.#catchUp(channel(name));
        await this.#lead(use);
      })
      .catch((error) => (granted ? this.#fail(error) : this.#leadAlone(messageOf(error))));
  }

  async #leadAlone(why: string): Promise<void> {
    this.#channel?.close();
    this.#channel = undefined;
    try {
      await this.#lead(`This tab runs by itself and forgets when it is closed (${why}).`);
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Hears all that was posted before now, by one more post to itself: a leader that died may have told what it need not tell again. */
  async #catchUp(probe: TabChannel): Promise<void> {
    const heard = new Promise<void>((resolve) => {
      this.#caughtUp = resolve;
    });
    probe.postMessage(packed(this.#id, { t: 'hello' }));
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
        told: (told) => {
          this.#post({ t: 'told', told });
          this.#hearTold(told);
        },
        answered: (answers) => {
          if (this.#isWatched) this.#post({ t: 'done', answers });
          for (const [id, answer] of answers) this.#pending.answer(id, answer);
        },
        changed: (keys) => this.#show(keys),
      },
      store,
    );
    this.#leader = leader;
    this.#leads = this.#id;
    this.#announce(store.durability);
    leader.ask(this.#pending.all());
    await Promise.race([this.#isOver, leader.failed]);
  }
  #ask(asked: Asked): Promise<Answer> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    return this.#pending.add(asked, (one) => this.#forward(one));
  }

  /** To whoever leads; what is asked while nobody does is asked then. */
  #forward(asked: readonly Asked[]): void {
    if (this.#leader !== undefined) this.#leader.ask(asked);
    else if (this.#leads !== undefined) for (const page of pages(asked)) this.#post({ t: 'ask', to: this.#leads, asked: page });
  }

  #hear(message: Message): void {
    const { from } = message;
    const leader = this.#leader;
    if (from === this.#id) return this.#caughtUp();
    this.#isWatched = true;
    if (message.t === 'told') this.#hearTold(message.told);
    else if (message.t === 'done') for (const [id, answer] of message.answers) this.#pending.answer(id, answer);
    else if (leader !== undefined) {
      if (message.t === 'hello') this.#announce();
      if (message.t === 'ask' && message.to === this.#id) leader.ask(message.asked);
    } else if (message.t === 'lead') {
      this.status$.next({ role: 'watching', durability: message.durability });
      if (from === this.#leads) return;
      this.#leads = from;
      this.#forward(this.#pending.all());
    } else if (message.t === 'windows' && from === this.#leads) this.#open.put(message.keys, message.first, message.more);
  }

  /** Each output once: a leader tells again what the one before it may not have told. */
  #hearTold({ life, from, items }: Untold): void {
    const seen = this.#seen.get(life) ?? 0;
    this.#seen.set(life, Math.max(seen, from + items.length - 1));
    for (const output of items.slice(Math.max(0, seen + 1 - from))) this.outputs$.next(output as WindowOutput<V, S, O>);
  }

  /** Says that this tab leads, and all that is open. */
  #announce(durability?: Durability): void {
    const told = durability ?? this.status$.value.durability;
    if (this.#ended !== undefined || told === undefined) return;
    this.status$.next({ role: 'leading', durability: told });
    this.#post({ t: 'lead', durability: told });
    this.#show();
  }

  /** What is open of these keys, or at all, where anybody looks. */
  #show(keys?: readonly string[]): void {
    if (this.#leader === undefined || !(this.#isWatched || this.#open.isObserved || keys === undefined)) return;
    const windows = this.#leader.windows(keys);
    this.#open.put(windows, keys === undefined, false);
    if (!this.#isWatched) return;
    let left = windows.length;
    let first = keys === undefined;
    for (const page of pages(windows)) {
      left -= page.length;
      this.#post({ t: 'windows', first, more: left > 0, keys: page });
      first = false;
    }
  }

  #post(said: Said): void {
    this.#channel?.postMessage(packed(this.#id, said));
  }

  #fail(error: unknown): void {
    if (this.#ended !== undefined) return;
    this.#ended = error instanceof OrielError ? error : new OrielError('INTERNAL', messageOf(error), { cause: error });
    this.#end('failed', this.#ended);
  }

  #end(role: 'closed' | 'failed', error: OrielError): void {
    this.#abort.abort();
    this.#asleep();
    this.#pending.reject(error);
    this.#channel?.close();
    this.status$.next({ ...this.status$.value, role, ...(role === 'failed' ? { error } : {}) });
    this.status$.complete();
    this.outputs$.complete();
    this.#open.end();
    this.#letGo();
  }
}

/** One page at least. */
function* pages<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let at = 0; at === 0 || at < items.length; at += PAGE) yield items.slice(at, at + PAGE);
}
