import type { State } from '../core/state.ts';
import type { Input } from '../core/step.ts';
import { NO_WATERMARK } from '../core/time.ts';
import type { Output } from '../ports.ts';
import { Processor } from '../processor.ts';
import { outputsOf } from '../rxjs/run.ts';
import type { IndexedDbStore, Untold } from '../stores/indexeddb.ts';
import { type TimeoutHost, TimeoutTimer } from '../timers/timeout.ts';
import type { Topology } from '../topology.ts';
import { admit } from './admit.ts';
import type { Answer, Asked, Said, Told } from './messages.ts';
import { type KeyWindows, openWindowsOf } from './windows.ts';

/** A commit takes at most so many events of those that have gathered. What falls due at one instant is one step, and so one commit. */
export const MOST_ASKED = 1_000;
/** Outputs are told in pages of at most so many. */
const PAGE = 500;
/** A window that is held too long may stand behind a record that waits: it is looked for again after this long. */
const HIDDEN_MS = 1_000;

/** Who is told what a leader does, all of it once it is durable: of each batch first the outputs, then the answers, then the windows. */
export interface Listener {
  say(said: Said & { readonly t: 'told' | 'done' }): void;
  /** Keys whose windows may have changed. */
  show(keys: readonly string[]): void;
  /** It is over: by a fault of the topology. */
  fail(error: unknown): void;
}

/** What runs a topology for all tabs. */
export interface Leader {
  /** Takes what tabs ask, in order. Nothing once it is being closed: they ask whoever leads next. */
  ask(asked: readonly Asked[]): void;
  /** Looks at the clock at once, as after a sleep. */
  look(): void;
  /** The open windows of these keys, or of all. */
  windows(keys?: readonly string[]): KeyWindows;
  /** Takes nothing more, and is done once all that it had taken is stored and told. */
  close(): Promise<void>;
}

/**
 * Runs a topology, with the time settings of the tab, over its store: tells what the leader before it has not, within this call, then goes on batch after batch. What comes while one is being stored goes together into the next. Events, claims and
 * the clock are taken in the order in which they come. @throws OrielError `STATE_VERSION` where it cannot go on from what is stored.
 */
export function lead<V, S, O>(topology: Topology<V, S, O>, store: IndexedDbStore, host: TimeoutHost, { say, show, fail }: Listener): Leader {
  const timer = new TimeoutTimer(host);
  const processor = new Processor(topology, { store, timer: { arm } });
  const queue: { readonly now: number; readonly asked?: Asked | undefined }[] = [];
  /** What is told of the batch beside its outputs: events that were no records (R4). That is their answer as well: no key knows their ids. */
  let refused: Told<V, S, O>[] = [];
  let changed: readonly string[] = [];
  let isOver = false;
  let running: Promise<void> | undefined;

  timer.onWake(push);
  store.outboxOf = ({ changes, output }) => {
    changed = [...changes.keys()];
    return [...outputsOf(output as Output<V, S, O>, topology.after), ...refused];
  };
  // The store answers at once: a state that cannot be read is found out here.
  const { keys } = processor.state() as State<V, S>;
  tell();
  push();
  return {
    ask: (asked) => {
      for (const one of asked) push(one);
    },
    look: () => timer.look(),
    windows: (of = [...keys.keys()]) => of.map((key) => [key, openWindowsOf(topology, keys.get(key))]),
    close,
  };

  async function close(): Promise<void> {
    isOver = true;
    timer.arm(undefined);
    await running;
  }

  function push(asked?: Asked): void {
    if (isOver) return;
    queue.push({ now: host.now(), asked });
    running ??= run();
  }

  async function run(): Promise<void> {
    try {
      // What is asked in one turn goes together.
      await undefined;
      while (queue.length > 0) await batch();
    } catch (error) {
      void close();
      fail(error);
    }
    running = undefined;
  }

  async function batch(): Promise<void> {
    const inputs: Input<V>[] = [];
    /** How many records there are. */
    let n = 0;
    const answers: ((output: Output) => readonly [ask: string, answer: Answer])[] = [];
    for (const { now, asked } of queue.splice(0, MOST_ASKED)) {
      if (asked === undefined || 'watermark' in asked) {
        inputs.push({ type: 'watermark', now, watermark: asked?.watermark ?? NO_WATERMARK });
        if (asked !== undefined) answers.push(() => [asked.ask, { kind: 'folded' }]);
        continue;
      }
      const { ask } = asked;
      const admitted = admit(topology, asked);
      if (admitted.length === 0) answers.push(() => [ask, { kind: 'rejected', code: 'TOPOLOGY' }]);
      for (const [i, keyed] of admitted.entries()) {
        if ('rejected' in keyed) refused.push({ kind: 'rejected', ...keyed, ask });
        else {
          const { record } = keyed;
          const nth = n++;
          if (i === 0)
            answers.push(({ dispositions, rejected }) => [
              ask,
              { ...(dispositions[nth] as Answer), message: rejected.find((one) => one.record === record)?.message },
            ]);
          inputs.push({ type: 'record', record, now });
        }
      }
    }
    const output = await processor.process(inputs);
    refused = [];
    tell();
    say({ t: 'done', list: answers.map((answer) => answer(output)) });
    show(changed);
  }

  function tell(): void {
    const untold = store.take(PAGE) as Untold<Told>;
    if (untold.list.length === 0) return;
    // They are to be deleted.
    queue.push({ now: host.now() });
    say({ t: 'told', ...untold });
    tell();
  }

  /** In `source` mode for the end of a hold, or a second later: a record that waits for the watermark, however long, may stand before the window. */
  function arm(at: number | undefined): void {
    const { mode, maxHoldMs } = topology.time;
    if (isOver) return;
    const end = at === undefined || maxHoldMs === undefined ? undefined : Math.max(at + maxHoldMs, host.now() + HIDDEN_MS);
    timer.arm(mode === 'clock' ? at : end);
  }
}
