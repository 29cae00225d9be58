import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Round } from './one.ts';

/** What to run in a process of its own: a script of this folder that answers rounds, and what it is told. */
export interface Entrant {
  readonly script: string;
  readonly args: readonly (string | number)[];
}

/** A contender in a process of its own, ready to run rounds. */
export class Rival {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  static async start({ script, args }: Entrant): Promise<Rival> {
    const child = fork(fileURLToPath(new URL(script, import.meta.url)), args.map(String), {
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

/**
 * All rounds of each: in turn, so that what disturbs the machine disturbs them alike. @throws after the first round where they do not say the same, as often, and after
 * any other where one says something else than before.
 */
export async function race(entrants: readonly Entrant[], { rounds, warmUps }: Rounds): Promise<Round[][]> {
  const rivals = await Promise.all(entrants.map((entrant) => Rival.start(entrant)));
  const all: Round[][] = rivals.map(() => []);
  let said: string | undefined;
  try {
    for (let i = 0; i < rounds + warmUps; i++) {
      for (const [which, rival] of rivals.entries()) {
        const round = await rival.round();
        if (i >= warmUps) all[which]?.push(round);
        const says = JSON.stringify(round.said);
        said ??= says;
        if (says !== said) throw new Error(`they do not say the same:\n${said}\n${says}, ${entrants[which]?.args.join(' ')}`);
      }
    }
  } finally {
    await Promise.all(rivals.map((rival) => rival.stop()));
  }
  return all;
}
