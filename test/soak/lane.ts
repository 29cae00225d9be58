import { pick, type Random } from '../support/random.ts';

/** How often, of all frames, each of these happens. */
export interface Rates {
  readonly cut: number;
  readonly drop: number;
  readonly duplicate: number;
  readonly reorder: number;
}

/** What has happened so far. */
export type Faults = Record<'cut' | 'dropped' | 'duplicated' | 'reordered', number>;

export interface LaneOptions {
  readonly random: Random;
  readonly rates: (text: string) => Rates;
  readonly faults: Faults;
  /** Whether the lane may do harm now. */
  readonly harmful: () => boolean;
  readonly send: (text: string) => void;
  /** Sends the first half of the frame, and breaks the connection. */
  readonly cut: (text: string) => void;
}

/** For so long a frame waits for one that overtakes it. */
const HOLD_MS = 250;

/** The frames of one connection in one direction, with what can go wrong. The words that keep a socket alive pass unharmed. */
export class Lane {
  readonly #options: LaneOptions;
  #held: string | undefined;
  #release: NodeJS.Timeout | undefined;

  constructor(options: LaneOptions) {
    this.#options = options;
  }

  pass(text: string): void {
    const { faults, send, cut } = this.#options;
    switch (this.#fate(text)) {
      case 'cut':
        faults.cut++;
        return cut(text);
      case 'drop':
        faults.dropped++;
        return;
      case 'duplicate':
        faults.duplicated++;
        send(text);
        break;
      case 'reorder':
        this.#held = text;
        this.#release = setTimeout(() => this.#letGo(), HOLD_MS);
        return;
    }
    send(text);
    if (this.#held === undefined) return;
    faults.reordered++;
    this.#letGo();
  }

  close(): void {
    clearTimeout(this.#release);
    this.#held = undefined;
  }

  #fate(text: string): keyof Rates | 'pass' {
    const { random, rates, harmful } = this.#options;
    if (text === 'ping' || text === 'pong' || !harmful()) return 'pass';
    const { cut, drop, duplicate, reorder } = rates(text);
    const fate = pick(random, [
      [cut, 'cut'],
      [drop, 'drop'],
      [duplicate, 'duplicate'],
      [reorder, 'reorder'],
      [1 - cut - drop - duplicate - reorder, 'pass'],
    ] as const);
    return fate === 'reorder' && this.#held !== undefined ? 'pass' : fate;
  }

  #letGo(): void {
    clearTimeout(this.#release);
    const held = this.#held;
    this.#held = undefined;
    if (held !== undefined) this.#options.send(held);
  }
}
