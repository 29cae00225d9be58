import { type ChildProcess, fork } from 'node:child_process';
import { on, once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** How long a reader took from the first record to the last. */
export interface Reading {
  readonly records: number;
  readonly seconds: number;
  /** Of the reading process, all its threads counted. */
  readonly processorSeconds: number;
}

/** A script of this folder as a process of its own, and what it says, in turn. */
export class Kid {
  readonly #child: ChildProcess;
  readonly #messages: AsyncIterator<unknown[]>;

  constructor(script: string, args: readonly (string | number)[]) {
    this.#child = fork(fileURLToPath(new URL(script, import.meta.url)), args.map(String), { execArgv: [] });
    this.#messages = on(this.#child, 'message');
  }

  /** @throws where it ends before it says something. */
  async says(): Promise<unknown> {
    const ended = once(this.#child, 'exit').then(([code]) => {
      throw new Error(`${this.#child.spawnargs.slice(1).join(' ')} ended before its answer, with ${code}`);
    });
    return Promise.race([this.#messages.next().then(({ value }) => value[0]), ended]);
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exit = once(this.#child, 'exit');
    this.#child.kill();
    await exit;
  }
}

/** The client alone, by its stream or by single fetches. */
export async function clientReads(how: 'stream' | 'fetch', broker: string, topic: string, count: number): Promise<Reading> {
  const kid = new Kid('kafka-client.ts', [how, broker, topic, count]);
  try {
    return (await kid.says()) as Reading;
  } finally {
    await kid.stop();
  }
}
