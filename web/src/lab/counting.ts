import type { Counts } from '../../../src/client.ts';
import type { KeyState } from '../../../src/core/state.ts';
import type { Disposition } from '../../../src/core/step.ts';

/** How records ended (R3), with those that wait followed to their end. */
export class Counting {
  readonly #counts = { folded: 0, late: 0, rejected: 0, duplicate: 0, outcomes: 0 };
  readonly #byType: Record<string, number> = {};
  /** Offsets of what waits, by key. */
  readonly #waiting = new Map<string, Set<number>>();
  #waits = 0;
  #shown: Omit<Counts, 'open' | 'held'> | undefined;

  /** A record has come, and ended so, or waits. */
  came(key: string, offset: number, { kind }: Disposition): void {
    this.#shown = undefined;
    if (kind !== 'waiting') {
      this.#counts[kind]++;
      return;
    }
    const offsets = this.#waiting.get(key) ?? new Set();
    this.#waiting.set(key, offsets.add(offset));
    this.#waits++;
  }

  /** A record ended late or rejected: it is counted if it has waited until now, since else it has been. Gives whether it had. */
  ended(kind: 'late' | 'rejected', key: string, offset: number): boolean {
    if (!this.#takeOut(key, offset)) return false;
    this.#counts[kind]++;
    return true;
  }

  /** What waits no more and has not ended otherwise was folded: gives those of the key. */
  folded(key: string, state: KeyState | undefined): readonly number[] {
    const offsets = this.#waiting.get(key);
    if (offsets === undefined) return [];
    const still = new Set<number>();
    for (const { waiting } of state?.lanes.values() ?? [])
      for (const { record } of waiting) if (record.source !== undefined && 'offset' in record.source) still.add(Number(record.source.offset));
    const folded = [...offsets].filter((offset) => !still.has(offset));
    for (const offset of folded) this.#takeOut(key, offset);
    this.#counts.folded += folded.length;
    return folded;
  }

  outcome(type: string): void {
    this.#shown = undefined;
    this.#counts.outcomes++;
    this.#byType[type] = (this.#byType[type] ?? 0) + 1;
  }

  get shown(): Omit<Counts, 'open' | 'held'> {
    this.#shown ??= { ...this.#counts, waiting: this.#waits, byType: { ...this.#byType } };
    return this.#shown;
  }

  #takeOut(key: string, offset: number): boolean {
    const offsets = this.#waiting.get(key);
    if (offsets?.delete(offset) !== true) return false;
    if (offsets.size === 0) this.#waiting.delete(key);
    this.#waits--;
    this.#shown = undefined;
    return true;
  }
}
