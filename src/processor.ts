import type { Definition } from './core/definition.ts';
import type { Late, Rejected, Result } from './core/result.ts';
import { eventIdRow, keyRow, restoreKey, waitingRow, windowRow } from './core/snapshot.ts';
import { createState, type Journal, type KeyState, type State, stateWakeAt } from './core/state.ts';
import { type Disposition, type Input, step } from './core/step.ts';
import type { Awaitable, KeyChange, Output, StateStore, WakeTimer } from './ports.ts';

/** The ports around a processor. Without any it keeps its state in memory, wakes nobody and tells nobody. */
export interface ProcessorOptions<V, S, O> {
  /** Without one the state lives as long as the processor. */
  readonly store?: StateStore | undefined;
  /** Armed after every batch with the least instant at which something falls due (T2). */
  readonly timer?: Pick<WakeTimer, 'arm'> | undefined;
  /** Takes what a batch brought about, once that is durable. */
  readonly emit?: ((output: Output<V, S, O>) => void) | undefined;
}

/**
 * Runs a definition over a store: load → step → commit → emit → arm, one batch at a time. Here alone the order of effects is decided: nothing is emitted that is not durable,
 * and a commit that failed leaves the state as it was stored. With a store that answers at once, `process` does too.
 */
export class Processor<V, S, O> {
  readonly #definition: Definition<V, S, O>;
  readonly #options: ProcessorOptions<V, S, O>;
  readonly #journal: RowJournal;
  #state: State<V, S> | undefined;
  #loading: Promise<State<V, S>> | undefined;
  #last: Promise<unknown> | undefined;

  constructor(definition: Definition<V, S, O>, options: ProcessorOptions<V, S, O> = {}) {
    this.#definition = definition;
    this.#options = options;
    this.#journal = new RowJournal(definition);
  }

  /** Takes a batch of inputs, after those before it. @throws what the store throws; then nothing of the batch has happened. */
  process(inputs: readonly Input<V>[]): Awaitable<Output<V, S, O>> {
    if (this.#last === undefined) {
      const output = this.#run(inputs);
      return output instanceof Promise ? this.#hold(output) : output;
    }
    return this.#hold(this.#last.then(() => this.#run(inputs)));
  }

  /** Loads the state, if it is not there yet, and shows it: to read, not to change. */
  state(): Awaitable<State<V, S>> {
    if (this.#state !== undefined) return this.#state;
    if (this.#loading !== undefined) return this.#loading;
    const { store } = this.#options;
    if (store === undefined) return this.#restore([]);
    const loaded = store.load();
    if (!(loaded instanceof Promise)) return this.#restore(loaded);
    this.#loading = loaded
      .then((rows) => this.#restore(rows))
      .finally(() => {
        this.#loading = undefined;
      });
    return this.#loading;
  }

  #restore(stored: Awaited<ReturnType<StateStore['load']>>): State<V, S> {
    const state = createState<V, S>(this.#options.store === undefined ? undefined : this.#journal);
    for (const [key, rows] of stored) restoreKey(this.#definition, state, key, rows);
    this.#state = state;
    return state;
  }

  #run(inputs: readonly Input<V>[]): Awaitable<Output<V, S, O>> {
    const state = this.state();
    return state instanceof Promise ? state.then((loaded) => this.#step(loaded, inputs)) : this.#step(state, inputs);
  }

  #step(state: State<V, S>, inputs: readonly Input<V>[]): Awaitable<Output<V, S, O>> {
    const results: Result<O>[] = [];
    const late: Late<V, S>[] = [];
    const rejected: Rejected<V>[] = [];
    const dispositions: Disposition[] = [];
    const output: Output<V, S, O> = { results, late, rejected, dispositions };
    try {
      for (const input of inputs) {
        const done = step(this.#definition, state, input);
        results.push(...done.results);
        late.push(...done.late);
        rejected.push(...done.rejected);
        if (done.disposition !== undefined) dispositions.push(done.disposition);
      }
      const committed = this.#options.store?.commit({ changes: this.#journal.take(state), output });
      if (committed instanceof Promise) {
        return committed.then(
          () => this.#finish(state, output),
          (error) => this.#abandon(error),
        );
      }
    } catch (error) {
      return this.#abandon(error);
    }
    return this.#finish(state, output);
  }

  #finish(state: State<V, S>, output: Output<V, S, O>): Output<V, S, O> {
    try {
      this.#options.emit?.(output);
    } finally {
      this.#options.timer?.arm(stateWakeAt(state));
    }
    return output;
  }

  /** What is in memory is ahead of what is stored: the next batch loads again. */
  #abandon(error: unknown): never {
    if (this.#options.store !== undefined) this.#state = undefined;
    this.#journal.clear();
    throw error;
  }

  #hold(running: Promise<Output<V, S, O>>): Promise<Output<V, S, O>> {
    const settled = running.then(
      () => undefined,
      () => undefined,
    );
    this.#last = settled;
    void settled.then(() => {
      if (this.#last === settled) this.#last = undefined;
    });
    return running;
  }
}

/** Gathers the rows that the steps of one batch changed; each is encoded once, as it stands at the end. */
class RowJournal implements Journal {
  readonly #definition: Pick<Definition, 'version'>;
  readonly #changes = new Map<string, Map<string, unknown> | 'retired'>();
  /** Names of the rows that a key had, or may have had, when it was retired in this batch. */
  readonly #left = new Map<string, readonly string[]>();
  readonly #keys = new Set<KeyState>();

  constructor(definition: Pick<Definition, 'version'>) {
    this.#definition = definition;
  }

  key(key: KeyState): void {
    this.#keys.add(key);
  }

  window(key: KeyState, window: Parameters<Journal['window']>[1], change: 'put' | 'delete'): void {
    this.#rows(key).set(`w${window.ordinal}`, change === 'put' ? window : undefined);
  }

  waiting(key: KeyState, waiting: Parameters<Journal['waiting']>[1], change: 'put' | 'delete'): void {
    const [row, data] = waitingRow(waiting);
    this.#rows(key).set(row, change === 'put' ? data : undefined);
  }

  eventId(key: KeyState, id: string, change: 'put' | 'delete'): void {
    const [row, until] = eventIdRow(id, key.eventIds?.get(id) ?? 0);
    this.#rows(key).set(row, change === 'put' ? until : undefined);
  }

  retire(key: KeyState): void {
    this.#left.set(key.key, [...this.#rows(key).keys(), ...[...(key.eventIds ?? [])].map(([id, until]) => eventIdRow(id, until)[0])]);
    this.#keys.delete(key);
    this.#changes.set(key.key, 'retired');
  }

  take(state: State): ReadonlyMap<string, KeyChange> {
    for (const key of this.#keys) this.#rows(key).set('key', keyRow(this.#definition, state, key));
    for (const rows of this.#changes.values()) {
      if (rows === 'retired') continue;
      for (const [name, data] of rows)
        if (name.startsWith('w') && data !== undefined) rows.set(...windowRow(data as Parameters<typeof windowRow>[0]));
    }
    const changes = new Map(this.#changes);
    this.clear();
    return changes;
  }

  clear(): void {
    this.#changes.clear();
    this.#left.clear();
    this.#keys.clear();
  }

  /** A key that comes back in the batch that retired it starts with every row of its former life deleted. */
  #rows(key: KeyState): Map<string, unknown> {
    const known = this.#changes.get(key.key);
    if (known instanceof Map) return known;
    const rows = new Map<string, unknown>(this.#left.get(key.key)?.map((name) => [name, undefined]));
    this.#changes.set(key.key, rows);
    return rows;
  }
}
