import { messageOf } from '../../core/errors.ts';
import { sentence } from '../sentence.ts';
import type { Time } from '../time.ts';
import type { Position } from './group.ts';

const EVERY_MS = 1_000;

export interface CommitsOptions {
  readonly commit: (positions: readonly Position[]) => Promise<void>;
  /** Whether a partition is ours: the offset of another is for its owner to commit. */
  readonly isOurs: (topic: string, partition: number) => boolean;
  readonly time: Time;
  readonly log: (line: string) => void;
}

/** Offsets on their way into the group (P2): at most once a second, those that moved. One that could not be committed is tried again with the next. */
export class Commits {
  readonly #options: CommitsOptions;
  #moved = new Map<string, Position>();
  readonly #closing = new AbortController();
  #failing = false;
  /** Topics that were made anew while a commit was out. */
  readonly #forgotten = new Set<string>();

  constructor(options: CommitsOptions) {
    this.#options = options;
  }

  /** Everything below `offset` is durable at the object. */
  moved(position: Position): void {
    this.#moved.set(`${position.topic}/${position.partition}`, position);
  }

  /** Forgets what has moved in a topic: it was made anew, and offsets of the old log mean nothing in it. */
  forget(topic: string): void {
    this.#forgotten.add(topic);
    for (const [name, position] of this.#moved) if (position.topic === topic) this.#moved.delete(name);
  }

  async run(): Promise<void> {
    while (!this.#closing.signal.aborted) {
      await this.#options.time.sleep(EVERY_MS, this.#closing.signal);
      await this.flush();
    }
  }

  /** Commits what has moved. Never rejects. */
  async flush(): Promise<void> {
    const moved = new Map([...this.#moved].filter(([, { topic, partition }]) => this.#options.isOurs(topic, partition)));
    this.#moved = new Map();
    this.#forgotten.clear();
    if (moved.size === 0) return;
    try {
      await this.#options.commit([...moved.values()]);
      if (this.#failing) this.#options.log('Offsets are committed again.');
      this.#failing = false;
    } catch (error) {
      // Newer ones that came in the meantime stay.
      const still = [...moved].filter(([, { topic }]) => !this.#forgotten.has(topic));
      this.#moved = new Map([...still, ...this.#moved]);
      if (!this.#failing) this.#options.log(`${sentence(messageOf(error))} Trying again; nothing is lost by it, the object knows its position.`);
      this.#failing = true;
    }
  }

  stop(): void {
    this.#closing.abort();
  }
}
