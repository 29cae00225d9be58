/** What a window holds, and the timestamp that Kafka keeps beside it. */
export interface Stored {
  readonly value: Aggregate;
  readonly timestamp: number;
}

export type Aggregate = string | number;

/**
 * Which entries of a store a reader sees. Kafka's stores forget by what was put into them, not by stream time: an entry is hidden once its time lies `retention` behind
 * the greatest time ever put. The stores ordered by time (those of emission on close) keep it one millisecond longer: `slack` is 0 there, else 1.
 */
export interface Visibility {
  readonly retention: number;
  readonly slack: 0 | 1;
}

export interface WindowEntry extends Stored {
  readonly key: string;
  readonly start: number;
}

/** Kafka's window store: one value a key and window start. Deletes count as puts for what is visible. */
export class WindowStore {
  readonly #visibility: Visibility;
  readonly #keys = new Map<string, Map<number, Stored>>();
  #greatest = -1;

  constructor(visibility: Visibility) {
    this.#visibility = visibility;
  }

  put(key: string, start: number, stored: Stored | null): void {
    this.#greatest = Math.max(this.#greatest, start);
    const windows = this.#keys.get(key) ?? new Map<number, Stored>();
    this.#keys.set(key, windows);
    if (stored === null) windows.delete(start);
    else windows.set(start, stored);
  }

  get(key: string, start: number): Stored | undefined {
    return start >= this.#least ? this.#keys.get(key)?.get(start) : undefined;
  }

  /** The key's windows with `from <= start <= to`, ascending, as they stood at the call. */
  range(key: string, from: number, to: number): WindowEntry[] {
    const least = Math.max(from, this.#least);
    return [...(this.#keys.get(key) ?? [])]
      .filter(([start]) => start >= least && start <= to)
      .map(([start, stored]) => ({ key, start, ...stored }))
      .sort((a, b) => a.start - b.start);
  }

  /** The windows of all keys with `from <= start <= to`, by start, then by the bytes of the key. */
  all(from: number, to: number): WindowEntry[] {
    const entries = [...this.#keys.keys()].flatMap((key) => this.range(key, from, to));
    return entries.sort((a, b) => a.start - b.start || compareBytes(a.key, b.key));
  }

  get #least(): number {
    return this.#greatest - this.#visibility.retention + this.#visibility.slack;
  }
}

export interface SessionEntry {
  readonly key: string;
  readonly start: number;
  readonly end: number;
  readonly value: Aggregate;
}

/** Kafka's session store: one value a key, start and end; what is visible goes by the end, as in a store ordered by keys. */
export class SessionStore {
  readonly #retention: number;
  #entries: SessionEntry[] = [];
  #greatest = -1;

  constructor(retention: number) {
    this.#retention = retention;
  }

  put(key: string, start: number, end: number, value: Aggregate | null): void {
    this.#greatest = Math.max(this.#greatest, end);
    this.#entries = this.#entries.filter((entry) => entry.key !== key || entry.start !== start || entry.end !== end);
    if (value !== null) this.#entries.push({ key, start, end, value });
  }

  /** The key's sessions with an end from `leastEnd` and a start up to `greatestStart`, by end, then start. */
  find(key: string, leastEnd: number, greatestStart: number): SessionEntry[] {
    const least = Math.max(leastEnd, this.#greatest - this.#retention + 1);
    return this.#entries
      .filter((entry) => entry.key === key && entry.end >= least && entry.start <= greatestStart)
      .sort((a, b) => a.end - b.end || a.start - b.start);
  }

  /**
   * The sessions of all keys that ended in [`from`, `to`], by end, start and bytes of the key. This one read does not look at the retention: it misses only what was
   * dropped with its segment, of half the retention and at least a minute.
   */
  endedIn(from: number, to: number): SessionEntry[] {
    const retention = this.#retention;
    const segmentMs = Math.max(Math.floor(retention / 2), 60_000);
    const segment = (instant: number): number => (Number.isFinite(segmentMs) ? Math.floor(instant / segmentMs) : 0);
    return this.#entries
      .filter(({ end }) => end >= from && end <= to && segment(end) >= segment(Math.max(0, this.#greatest - retention)))
      .sort((a, b) => a.end - b.end || a.start - b.start || compareBytes(a.key, b.key));
  }
}

/** The order of the serialized texts. */
export function compareBytes(a: string, b: string): number {
  return compareArrays(encoder.encode(a), encoder.encode(b));
}

/** Byte for byte, unsigned; what is a prefix comes first. */
export function compareArrays(a: Uint8Array, b: Uint8Array): number {
  const differing = a.findIndex((byte, i) => byte !== b[i]);
  return differing === -1 ? a.length - b.length : (a[differing] as number) - (b[differing] ?? -1);
}

export const encoder = new TextEncoder();
