import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Round } from './one.ts';

export interface Course {
  readonly format: 'records' | 'lines';
  readonly keys: number;
  readonly count: number;
}

/** A contender in a process of its own, ready to run rounds. */
export class Rival {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  static async start(name: string, { format, keys, count }: Course): Promise<Rival> {
    const child = fork(fileURLToPath(new URL('one.ts', import.meta.url)), [name, format, String(keys), String(count)], {
      execArgv: ['--expose-gc', '--max-old-space-size=6144'],
    });
    const rival = new Rival(child);
    await rival.#answer();
    return rival;
  }

  async round(): Promise<Round> {
    const answer = this.#answer();
    this.#child.send('round');
    return (await answer) as Round;
  }

  /** Bytes of heap that so many open windows hold. */
  async heapOf(windows: number): Promise<number> {
    const answer = this.#answer();
    this.#child.send({ windows });
    return (await answer) as number;
  }

  async stop(): Promise<void> {
    const exit = once(this.#child, 'exit');
    this.#child.kill();
    await exit;
  }

  async #answer(): Promise<unknown> {
    const ended = once(this.#child, 'exit').then(([code]) => {
      throw new Error(`a contender ended before its answer, with ${code}`);
    });
    return Promise.race([once(this.#child, 'message').then(([message]) => message), ended]);
  }
}

export interface Rounds {
  readonly rounds: number;
  /** Rounds before them that do not count. */
  readonly warmUps: number;
}

/** All rounds of each: in turn, so that what disturbs the machine disturbs them alike. @throws where they do not say the same, as often. */
export async function race(names: readonly string[], course: Course, { rounds, warmUps }: Rounds): Promise<Round[][]> {
  const rivals = await Promise.all(names.map((name) => Rival.start(name, course)));
  const all: Round[][] = rivals.map(() => []);
  try {
    for (let i = 0; i < rounds + warmUps; i++) {
      for (const [which, rival] of rivals.entries()) {
        const round = await rival.round();
        if (i >= warmUps) all[which]?.push(round);
      }
    }
  } finally {
    await Promise.all(rivals.map((rival) => rival.stop()));
  }
  const [first, ...others] = all.map(([round]) => JSON.stringify(round?.said));
  if (others.some((said) => said !== first)) throw new Error(`they do not say the same:\n${[first, ...others].join('\n')}`);
  return all;
}
