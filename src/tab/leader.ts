import type { Definition } from '../core/definition.ts';
import type { StreamRecord } from '../core/record.ts';
import type { State } from '../core/state.ts';
import type { Input } from '../core/step.ts';
import type { Output } from '../ports.ts';
import { Processor } from '../processor.ts';
import type { WindowOutput } from '../rxjs/items.ts';
import { attempt, runSync } from '../rxjs/run-sync.ts';
import type { IndexedDbStore, Untold } from '../stores/indexeddb.ts';
import { type TimeoutHost, TimeoutTimer } from '../timers/timeout.ts';
import type { Topology } from '../topology.ts';
import { admit } from './admit.ts';
import type { Answer, Asked } from './messages.ts';
import { openWindowsOf, type TabWindow } from './windows.ts';

/** A commit takes at most so many events of those that have gathered. What falls due at one instant is one step, and so one commit. */
export const MOST_ASKED = 1_000;
/** A window that is held too long may stand behind a record that waits: it is looked for again after this long. */
const HIDDEN_MS = 1_000;
/** Outputs are told in pages of at most so many. */
export const PAGE = 500;

/** Who is told what a leader does, all of it once it is durable: of each batch first the outputs, then the answers, then the keys. */
export interface Listener {
  told(untold: Untold): void;
  answered(answers: readonly (readonly [ask: string, answer: Answer])[]): void;
  /** Keys whose windows may have changed. */
  changed(keys: readonly string[]): void;
  /** It is over: by a fault of the topology. */
  failed(error: unknown): void;
}

/** Something to be done, at an instant of the clock: what was asked, or a look at what is due. */
interface Work {
  readonly now: number;
  readonly asked?: Asked;
}

/**
 * Runs a topology over its store, batch after batch: what comes while one is being stored goes together into the next. Events, claims and the clock are taken in the
 * order in which they come. @throws OrielError `STATE_VERSION` where it cannot go on from what is stored.
 */
export class Leader<V, S, O> {
  readonly #topology: Topology<V, S, O>;
  readonly #definition: Definition<V, S, O>;
  readonly #host: TimeoutHost;
  readonly #listener: Listener;
  readonly #store: IndexedDbStore;
  readonly #processor: Processor<V, S, O>;
  readonly #timer: TimeoutTimer;
  readonly #queue: Work[] = [];
  /** What is told of the batch beside its outputs: events that were no records (R4). */
  #refused: WindowOutput<V, S, O>[] = [];
  #changed: readonly string[] = [];
  /** Outputs that were told still stand in the outbox. */
  #isBehind = false;
  #running: Promise<void> | undefined;
  #isOver = false;

  constructor(topology: Topology<V, S, O>, definition: Definition<V, S, O>, host: TimeoutHost, listener: Listener, store: IndexedDbStore) {
    this.#topology = topology;
    this.#definition = definition;
    this.#host = host;
    this.#listener = listener;
    this.#store = store;
    this.#timer = new TimeoutTimer(host);
    this.#timer.onWake(() => this.#push({ now: host.now() }));
    store.outboxOf = ({ changes, output }) => {
      this.#changed = [...changes.keys()];
      return [...this.#outputsOf(output as Output<V, S, O>), ...this.#refused];
    };
    this.#processor = new Processor(definition, { store, timer: { arm: (at) => this.#arm(at), onWake: () => undefined } });
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
      this.#listener.failed(error);
    }
    this.#running = undefined;
  }

  async #batch(): Promise<void> {
    const inputs: Input<V>[] = [];
    /** Of all that was asked the answer, or which record of the batch says it. */
    const answers: [ask: string, answer: Answer | number][] = [];
    const records: StreamRecord[] = [];
    for (const { now, asked } of this.#queue.splice(0, MOST_ASKED)) {
      if (asked?.text === undefined) {
        inputs.push({ type: 'watermark', now, ...(asked?.watermark === undefined ? {} : { watermark: asked.watermark }) });
        if (asked !== undefined) answers.push([asked.ask, TAKEN]);
        continue;
      }
      const admitted = admit(this.#topology, asked);
      if ('rejected' in admitted) {
        this.#refused.push({ kind: 'rejected', ...admitted });
        answers.push([asked.ask, { kind: 'rejected', code: admitted.rejected.code, message: admitted.rejected.message }]);
        continue;
      }
      answers.push([asked.ask, admitted.records.length === 0 ? FILTERED : records.length]);
      for (const record of admitted.records) {
        records.push(record);
        inputs.push({ type: 'record', record, now });
      }
    }
    this.#isBehind = false;
    const output = await this.#processor.process(inputs);
    this.#refused = [];
    this.#tell();
    this.#listener.answered(
      answers.map(([ask, answer]) => [ask, typeof answer === 'number' ? answerOf(output, answer, records[answer] as StreamRecord) : answer]),
    );
    this.#listener.changed(this.#changed);
  }

  #tell(): void {
    for (let untold = this.#store.take(PAGE); untold.items.length > 0; untold = this.#store.take(PAGE)) {
      this.#isBehind = true;
      this.#listener.told(untold);
    }
  }

  #outputsOf({ results, late, rejected }: Output<V, S, O>): WindowOutput<V, S, O>[] {
    const { after } = this.#topology;
    return [
      ...results.flatMap((result) =>
        attempt<readonly WindowOutput<V, S, O>[]>(
          () => (after === undefined ? [result] : runSync(after, [result])).map((passed) => ({ kind: 'result', result: passed })),
          (refused) => [{ kind: 'rejected', rejected: refused }],
        ),
      ),
      ...late.map((one) => ({ kind: 'late' as const, late: one })),
      ...rejected.map((one) => ({ kind: 'rejected' as const, rejected: one })),
    ];
  }

  /** In `source` mode for the end of a hold. What is overdue by more than that is a waiting record, and waits for the watermark alone: then a second later. */
  #arm(at: number | undefined): void {
    const { mode, maxHoldMs } = this.#definition.time;
    if (this.#isOver) return;
    if (mode === 'clock') this.#timer.arm(at);
    else if (maxHoldMs !== undefined) {
      const now = this.#host.now();
      const end = at === undefined ? at : at + maxHoldMs;
      this.#timer.arm(end !== undefined && end <= now ? now + HIDDEN_MS : end);
    }
  }
}

const TAKEN: Answer = { kind: 'folded' };
const FILTERED: Answer = { kind: 'rejected', code: 'TOPOLOGY', message: 'What stands before the windows filtered the event out.' };

/** What became of a record, the nth of its batch. */
function answerOf({ dispositions, rejected }: Output, n: number, of: StreamRecord): Answer {
  const answer = dispositions[n] as Answer;
  const why = rejected.find(({ record }) => record === of);
  return answer.kind === 'rejected' && why !== undefined ? { ...answer, message: why.message } : answer;
}
