import type { TabChannel, TabOptions } from '../../src/tab/tab.ts';
import type { TimeoutHost } from '../../src/timers/timeout.ts';
import { between, type Random } from '../support/random.ts';
import { FakeDatabase } from './fake-database.ts';

/** Something that the browser will do later: hand over a message, go on with a transaction, grant a lock. Those of one line are done in their order. */
interface Task {
  readonly line: string;
  readonly run: () => void;
}

interface Owner {
  alive: boolean;
}

/** The parts of a browser that tabs share: one database, one lock, one channel, one clock. Nothing happens but by `run`, in an order that chance decides. */
export class FakeBrowser {
  readonly database = new FakeDatabase();
  now = 1_000_000;
  readonly #random: Random;
  readonly #tasks: Task[] = [];
  readonly #channels: { readonly owner: Owner; readonly channel: TabChannel; readonly line: string }[] = [];
  readonly #timeouts = new Map<object, { readonly owner: Owner; readonly at: number; readonly handler: () => void }>();
  readonly #waiting: { readonly owner: Owner; readonly lead: () => void }[] = [];
  #holder: Owner | undefined;
  #lines = 0;

  constructor(random: Random) {
    this.#random = random;
    this.database.turn = () => new Promise((resolve) => this.#tasks.push({ line: 'database', run: resolve }));
  }

  /** What a new tab stands on, and its sudden death. */
  tab(): { readonly options: TabOptions; readonly isAlive: () => boolean; readonly crash: () => void } {
    const owner: Owner = { alive: true };
    const isAlive = (): boolean => owner.alive;
    const options: TabOptions = {
      host: this.#host(owner),
      locks: { request: this.#request(owner) as LockManager['request'] },
      channel: () => this.#channel(owner),
      use: this.database.use(isAlive),
    };
    return { options, isAlive, crash: () => this.#die(owner) };
  }

  /** Does at most so many things, by default all that is to be done. */
  async run(most = 100_000): Promise<void> {
    for (let i = 0; ; i++) {
      for (let turns = 0; turns < 20; turns++) await undefined;
      if (i >= most || this.#tasks.length === 0) return;
      const lines = [...new Set(this.#tasks.map(({ line }) => line))];
      const line = lines[between(this.#random, 0, lines.length)];
      const [task] = this.#tasks.splice(
        this.#tasks.findIndex((one) => one.line === line),
        1,
      );
      task?.run();
    }
  }

  /** Lets time pass, in which timeouts end. */
  advance(ms: number): void {
    this.now += ms;
    this.#endTimeouts();
  }

  #endTimeouts(): void {
    for (const [handle, { owner, at, handler }] of this.#timeouts) {
      if (at > this.now) continue;
      this.#timeouts.delete(handle);
      this.#tasks.push({ line: 'timers', run: () => owner.alive && handler() });
    }
  }

  #host(owner: Owner): TimeoutHost {
    return {
      now: () => this.now,
      setTimeout: (handler, ms) => {
        const handle = {};
        this.#timeouts.set(handle, { owner, at: this.now + ms, handler });
        this.#endTimeouts();
        return handle;
      },
      clearTimeout: (handle) => this.#timeouts.delete(handle as object),
    };
  }

  /** A post stands in the queue of every other channel before anything that is done after it. */
  #channel(owner: Owner): TabChannel {
    const line = `channel ${this.#lines++}`;
    const channel: TabChannel = {
      onmessage: null,
      postMessage: (message) => {
        if (!owner.alive) return;
        if (!this.#channels.some((one) => one.channel === channel)) throw new Error('InvalidStateError: the channel is closed');
        for (const other of this.#channels) {
          if (other.channel === channel) continue;
          const data: unknown = structuredClone(message);
          this.#tasks.push({ line: other.line, run: () => other.owner.alive && other.channel.onmessage?.({ data } as MessageEvent) });
        }
      },
      close: () => {
        const at = this.#channels.findIndex((one) => one.channel === channel);
        if (at >= 0) this.#channels.splice(at, 1);
      },
    };
    this.#channels.push({ owner, channel, line });
    return channel;
  }

  #request(owner: Owner) {
    return (_name: string, { signal }: { signal: AbortSignal }, lead: () => Promise<void>): Promise<void> =>
      new Promise((resolve, reject) => {
        const entry = {
          owner,
          lead: () => {
            this.#holder = owner;
            lead()
              .then(resolve, reject)
              .finally(() => owner.alive && this.#release(owner));
          },
        };
        this.#waiting.push(entry);
        signal.addEventListener('abort', () => {
          const at = this.#waiting.indexOf(entry);
          if (at < 0) return;
          this.#waiting.splice(at, 1);
          reject(new Error('aborted'));
        });
        this.#grant();
      });
  }

  #release(owner: Owner): void {
    if (this.#holder === owner) this.#holder = undefined;
    this.#grant();
  }

  #grant(): void {
    this.#tasks.push({
      line: 'locks',
      run: () => {
        if (this.#holder !== undefined) return;
        const next = this.#waiting.shift();
        if (next?.owner.alive === false) this.#grant();
        else next?.lead();
      },
    });
  }

  #die(owner: Owner): void {
    owner.alive = false;
    this.#release(owner);
  }
}
