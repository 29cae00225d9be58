import type { Definition } from '../core/definition.ts';
import { dueOf, type State } from '../core/state.ts';
import type { Input } from '../core/step.ts';
import type { Commit, Output } from '../ports.ts';
import { Processor } from '../processor.ts';
import type { WindowOutput } from '../rxjs/items.ts';
import { attempt, runSync } from '../rxjs/run-sync.ts';
import type { IndexedDbStore } from '../stores/indexeddb.ts';
import type { Untold } from '../stores/outbox.ts';
import { type TimeoutHost, TimeoutTimer } from '../timers/timeout.ts';
import type { Topology } from '../topology.ts';
import { admit } from './admit.ts';
import type { Answer, Asked } from './messages.ts';
import { openWindowsOf, type TabWindow } from './windows.ts';

/** A commit takes at most so much of what has gathered, and the event that goes beyond these characters. What falls due at one instant is one step, and so one commit. */
export const MOST_ASKED = 1_000;
export const MOST_CHARACTERS = 1_048_576;
/** Outputs, keys of windows and repeated events go in pages of at most so many. */
export const PAGE = 500;

/** Who is told what a leader does, all of it once it is durable: of each batch first the outputs, then the answers, then the keys. */
export interface Listener {
  told(untold: Untold): void;
  answered(answers: readonly (readonly [id: string, answer: Answer])[]): void;
  /** Keys whose windows may have changed. */
  changed(keys: readonly string[]): void;
}

/** Something to be done, at an instant of the clock: what was asked, or a look at what is due. */
interface Work {
  readonly now: number;
  readonly asked?: Asked;
}

/**
 * Runs a topology over its store, batch after batch: what comes while one is being stored goes together into the next. Events, claims and the clock are taken in the
 * order in which they come. `failed` rejects with what ends it: a fault of the topology, or what is stored and cannot be read.
 */
export class Leader<V, S, O> {
  readonly failed: Promise<never>;
  readonly #topology: Topology<V, S, O>;
  readonly #definition: Definition<V, S, O>;
  readonly #host: TimeoutHost;
  readonly #listener: Listener;
  readonly #store: IndexedDbStore;
  readonly #processor: Processor<V, S, O>;
  readonly #timer: TimeoutTimer;
  readonly #queue: Work[] = [];
  readonly #fail: (error: unknown) => void;
  /** What is told of the batch beside its outputs: events that were no records (R4). */
  #refused: WindowOutput<V, S, O>[] = [];
  #changed: readonly string[] = [];
  /** Outputs that were told still stand in the outbox. */
  #isBehind = false;
  #running: Promise<void> | undefined;
  #isOver = false;

  constructor(topology: Topology<V, S, O>, definition: Definition<V, S, O>, host: TimeoutHost, listener: Listener, store: IndexedDbStore) {
    let fail: (error: unknown) => void = () => undefined;
    this.failed = new Promise((_, reject) => {
      fail = reject;
    });
    this.#fail = fail;
    this.#topology = topology;
    this.#definition = definition;
    this.#host = host;
    this.#listener = listener;
    this.#store = store;
    this.#timer = new TimeoutTimer(host);
    this.#timer.onWake(() => this.#push({ now: host.now() }));
    this.#processor = new Processor(definition, {
      store: {
        load: () => store.load(),
        commit: ({ changes, output }: Commit) => {
          this.#changed = [...changes.keys()];
          return store.commit({ changes, output, outbox: [...this.#outputsOf(output as Output<V, S, O>), ...this.#refused] });
        },
      },
      timer: { arm: (at) => this.#arm(at), onWake: () => undefined },
    });
    // A state that cannot be read is found out here, before anything is told.
    void this.#processor.state();
    this.#tell();
    this.#push({ now: host.now() });
  }
  /** Takes what tabs ask, in order. Nothing once it is being closed: they ask whoever leads next. */
  ask(asked: readonly Asked[]): void {
    const now = this.#host.now();
    for (const one of asked) this.#push({ now, asked: one });
  }

  /** Looks at the clock at once, as after a sleep. */
  look(): void {
    this.#timer.look();
  }

  /** The open windows of these keys, or of all. */
  windows(keys: Iterable<string> = this.#state.keys.keys()): [key: string, windows: TabWindow[]][] {
    return [...keys].map((key) => [key, openWindowsOf(this.#topology, this.#state.keys.get(key))]);
  }

  /** Takes nothing more, and is done once all that it had taken is stored and told. */
  async close(): Promise<void> {
    this.#isOver = true;
    this.#timer.arm(undefined);
    await this.#running;
  }

  get #state(): State<V, S> {
    // The store answers at once.
    return this.#processor.state() as State<V, S>;
  }

  #push(work: Work): void {
    if (this.#isOver) return;
    this.#queue.push(work);
    this.#running ??= this.#run();
  }

  async #run(): Promise<void> {
    try {
      // What is asked in one turn goes together.
      await undefined;
      while (this.#queue.length > 0 || this.#isBehind) await this.#batch();
    } catch (error) {
      void this.close();
      this.#fail(error);
    }
    this.#running = undefined;
  }

  async #batch(): Promise<void> {
    const inputs: Input<V>[] = [];
    /** Of each event its answer, or which record of the batch says it. */
    const answers: [id: string, answer: Answer | number][] = [];
    let records = 0;
    for (const { now, asked } of this.#take()) {
      if (asked?.text === undefined) {
        inputs.push({ type: 'watermark', now, ...(asked?.watermark === undefined ? {} : { watermark: asked.watermark }) });
        if (asked !== undefined) answers.push([asked.id, TAKEN]);
        continue;
      }
      const admitted = admit(this.#topology, asked);
      if ('rejected' in admitted) {
        this.#refused.push({ kind: 'rejected', ...admitted });
        answers.push([asked.id, { kind: 'rejected', code: admitted.rejected.code, message: admitted.rejected.message }]);
        continue;
      }
      answers.push([asked.id, admitted.records.length === 0 ? FILTERED : records]);
      records += admitted.records.length;
      for (const record of admitted.records) inputs.push({ type: 'record', record, now });
    }
    this.#isBehind = false;
    const output = await this.#processor.process(inputs);
    this.#refused = [];
    this.#tell();
    this.#listener.answered(answers.map(([id, answer]) => [id, typeof answer === 'number' ? answerOf(output, answer, id) : answer]));
    this.#listener.changed(this.#changed);
  }

  #take(): Work[] {
    let n = 0;
    let characters = 0;
    while (n < this.#queue.length && n < MOST_ASKED && characters < MOST_CHARACTERS) characters += this.#queue[n++]?.asked?.text?.length ?? 0;
    return this.#queue.splice(0, n);
  }

  #tell(): void {
    for (let untold = this.#store.untold(PAGE); untold.items.length > 0; untold = this.#store.untold(PAGE)) {
      this.#store.told(untold);
      this.#isBehind = true;
      this.#listener.told(untold);
    }
  }

  #outputsOf({ results, late, rejected }: Output<V, S, O>): WindowOutput<V, S, O>[] {
    const { after } = this.#topology;
    const told = results.flatMap((result) =>
      attempt<readonly WindowOutput<V, S, O>[]>(
        () => (after === undefined ? [result] : runSync(after, [result])).map((passed) => ({ kind: 'result', result: passed })),
        (refused) => [{ kind: 'rejected', rejected: refused }],
      ),
    );
    for (const one of late) told.push({ kind: 'late', late: one });
    for (const one of rejected) told.push({ kind: 'rejected', rejected: one });
    return told;
  }

  #arm(at: number | undefined): void {
    const { mode, maxHoldMs } = this.#definition.time;
    if (this.#isOver) return;
    if (mode === 'clock') this.#timer.arm(at);
    else if (maxHoldMs !== undefined) this.#timer.arm(this.#endOfHold(at, maxHoldMs));
  }

  /** When the next held window is let go. What is overdue by more than `maxHold` after a step is a waiting record, and waits for the watermark alone. */
  #endOfHold(wakeAt: number | undefined, maxHoldMs: number): number | undefined {
    if (wakeAt === undefined || wakeAt + maxHoldMs > this.#host.now()) return wakeAt === undefined ? undefined : wakeAt + maxHoldMs;
    let least = Number.POSITIVE_INFINITY;
    for (const key of this.#state.keys.values()) for (const { at, what } of dueOf(key)) if (what === 'window') least = Math.min(least, at);
    return Number.isFinite(least) ? least + maxHoldMs : undefined;
  }
}

const TAKEN: Answer = { kind: 'folded' };
const FILTERED: Answer = { kind: 'rejected', code: 'TOPOLOGY', message: 'What stands before the windows filtered the event out.' };

function answerOf({ dispositions, rejected }: Output, n: number, id: string): Answer {
  const answer = dispositions[n] as Answer;
  if (answer.kind !== 'rejected') return answer;
  const why = rejected.find(({ record }) => (record?.source as { id?: string } | undefined)?.id === id)?.message;
  return why === undefined ? answer : { ...answer, message: why };
}
