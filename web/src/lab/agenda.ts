import { DeadlineQueue } from '../../../src/core/deadlines.ts';
import type { Action } from './action.ts';
import type { LogEntry } from './log-entry.ts';
import type { EventType } from './state.ts';
import type { Happening, World } from './world.ts';

/** What waits to stand in the log, and takes the next offset. A moved one has had its own before: where it was stands a gap that takes the number, and says to what instant it was moved. */
interface Due extends Omit<Happening, 'appended'> {
  readonly name: string;
  /** When its visit started. */
  readonly start: number;
  readonly order: number;
  readonly own: boolean;
  readonly place: 'kept' | { readonly movedTo: number } | { readonly offset: number };
}

export type Move = Extract<Action, { do: 'move' }>;

/**
 * What comes into the log and when: what the world makes, and what the reader does, each at its instant, with what was moved at the instant it was moved to. What would have
 * happened while nobody does anything does not happen.
 */
export class Agenda {
  readonly #world: World;
  readonly #moves: ReadonlyMap<string, Move>;
  readonly #due = new DeadlineQueue<Due>(
    (a, b) => a.order < b.order,
    () => false,
  );
  #step = 0;
  #nextVisit: ReturnType<World['visit']>;
  #order = 0;
  #offset = 0;
  #acts = 0;
  /** Instants after which nobody does anything, and up to which. */
  readonly #idle: { readonly from: number; to: number }[] = [];

  constructor(world: World, moves: ReadonlyMap<string, Move>) {
    this.#world = world;
    this.#moves = moves;
    this.#nextVisit = world.visit(0);
  }

  /** The least instant at which something may come. */
  get next(): number {
    return Math.min(this.#nextVisit?.start ?? Number.POSITIVE_INFINITY, this.#due.nextAt ?? Number.POSITIVE_INFINITY);
  }

  /**
   * What comes into the log at the least instant, if that is `at`; `undefined` where nothing more does. At the instant that a record was moved away from, to a later one, it is given as well, as
   * it will stand in the log: what is ahead is known by its `appended`.
   */
  take(at: number): LogEntry | undefined {
    for (let visit = this.#nextVisit; visit !== undefined && visit.start <= at; visit = this.#nextVisit) {
      for (const [i, happening] of visit.happenings.entries()) this.#put(happening, visit.start, `v${this.#step}.${i}`, false);
      this.#nextVisit = this.#world.visit(++this.#step);
    }
    for (let due = this.#due.pop(at); due !== undefined; due = this.#due.pop(at)) {
      const { key, table, type, timestamp, start, name, own, place } = due;
      if (!own && (this.#isIdle(timestamp) || this.#isIdle(start))) continue;
      const offset = typeof place === 'object' && 'offset' in place ? place.offset : this.#offset++;
      const appended = typeof place === 'object' && 'movedTo' in place ? place.movedTo : at;
      // It stands in the log by now.
      if (typeof place === 'object' && 'movedTo' in place && appended <= at) continue;
      return { offset, name, key, table, type, timestamp, appended, own: own || place !== 'kept', moved: place !== 'kept', delivered: null };
    }
    return undefined;
  }

  /** The reader does something. It takes the offset that it would have taken before it was moved. */
  act(type: EventType, key: string, table: string, at: number): void {
    this.#put({ type, key, table, timestamp: at, appended: at }, at, `a${this.#acts++}`, true);
  }

  idle(on: boolean, at: number): void {
    const last = this.#idle.at(-1);
    if (on && (last === undefined || last.to < Number.POSITIVE_INFINITY)) this.#idle.push({ from: at, to: Number.POSITIVE_INFINITY });
    if (!on && last !== undefined) last.to = Math.min(last.to, at);
  }

  #put({ key, table, type, timestamp, appended }: Happening, start: number, name: string, own: boolean): void {
    const move = this.#moves.get(name);
    const due = { key, table, type, timestamp, start, name, own };
    if (move === undefined) return this.#due.push(appended, { ...due, order: this.#order++, place: 'kept' });
    const movedTo = Math.max(timestamp, move.appended);
    this.#due.push(appended, { ...due, order: this.#order++, place: { movedTo } });
    this.#due.push(movedTo, { ...due, order: this.#order++, place: { offset: move.offset } });
  }

  #isIdle(timestamp: number): boolean {
    return this.#idle.some(({ from, to }) => timestamp > from && timestamp <= to);
  }
}
