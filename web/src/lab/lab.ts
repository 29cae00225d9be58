import { BehaviorSubject, type Observable } from 'rxjs';
import { messageOf } from '../../../src/core/errors.ts';
import type { StateStore } from '../../../src/ports.ts';
import { MemoryStore } from '../../../src/stores/memory.ts';
import type { Action } from './action.ts';
import { exportOf } from './export.ts';
import { viewOf } from './lab-view.ts';
import { Pace } from './pace.ts';
import { Run, type RunOptions } from './run.ts';
import { LabSettings } from './settings.ts';
import { CLAIM_EVERY_MS, START } from './start.ts';
import type { EventType, LabState } from './state.ts';
import { ours } from './topologies.ts';

export type { Action } from './action.ts';
export { replayLog } from './replay.ts';
export { labSettings, searchOf } from './settings.ts';

export interface OpenedStore {
  readonly store: StateStore;
  /** Read again each time: a store may go over to memory. What is in memory is not opened anew at a restore, since it is nowhere else. */
  readonly durability: LabState['durability'];
}

export interface LabOptions {
  /** Opens the store that the engine keeps its state in: at the start, and anew at each restore. What is in it at the start goes: a lab begins with its log. */
  readonly openStore: () => Promise<OpenedStore>;
  /** What was done in a run before, and up to which instant of the lab's clock it had come: it is run again, and goes on from there. */
  readonly actions?: readonly Action[];
  readonly until?: number;
  /** Awaited between the parts of a long way, so that a page can draw meanwhile. */
  readonly breathe?: () => Promise<void>;
  /** Ms from any instant on, by which the work of a tick is measured; without it a tick does all that it can. */
  readonly clock?: () => number;
}

/**
 * The session of the page's tab mode: customers, log, source, engine, and Kafka Streams' semantics beside it, on a clock of its own. What is asked of it is done in the order in which
 * it was asked, one thing after another; a promise is resolved when that has been done, and is never rejected: what fails is told in the state. The same settings, actions and clock
 * give the same outcomes, whatever steps the clock takes.
 */
export class Lab {
  readonly #settings: LabSettings;
  readonly #openStore: LabOptions['openStore'];
  readonly #around: RunOptions;
  readonly #states: BehaviorSubject<LabState>;
  #actions: readonly Action[];
  #run: Run;
  #now: number;
  readonly #pace: Pace;
  #said = '';
  #opened: OpenedStore | undefined;
  #isTicking = false;
  /** What has passed for the reader since all was told, ms. */
  #untold = 0;
  #last: Promise<void>;

  /** @throws what zod throws, for settings that are none. */
  constructor(settings: LabSettings, { openStore, actions = [], until = START, breathe, clock }: LabOptions) {
    this.#settings = Object.freeze(LabSettings.parse(settings));
    this.#openStore = openStore;
    this.#around = { breathe, clock };
    this.#actions = actions;
    this.#pace = new Pace(this.#settings);
    this.#now = Math.max(START, Math.round(until), actions.at(-1)?.at ?? START);
    this.#run = new Run(this.#settings, this.#actions);
    this.#states = new BehaviorSubject(viewOf(this.#run, this.#known(), undefined));
    this.#last = this.#runAgain('');
  }

  get state$(): Observable<LabState> {
    return this.#states.asObservable();
  }

  get state(): LabState {
    return this.#states.value;
  }

  /** What has been done so far: with the settings and the clock, all that gives this state again. */
  get actions(): readonly Action[] {
    return this.#actions;
  }

  /** Resolved when what has been asked for so far is done. */
  get settled(): Promise<void> {
    return this.#last;
  }

  /** Moves the lab's clock on; everything on the way happens at its own instant. A sleep on the way comes on top. */
  advance(ms: number): Promise<void> {
    return this.#queue(() => this.#goTo(this.#now + Math.max(0, Math.round(ms))));
  }

  /** So much time has passed for the reader. Of many windows only the clock is told with every tick, and the rest every `MANY_TOLD_EVERY_MS`. What is too much for one step, since the tab was hidden or the last step still goes on, is made up for in the next ones. */
  tick(localMs: number): void {
    this.#untold += localMs;
    if (!this.#pace.pass(localMs) || this.#isTicking) return;
    this.#isTicking = true;
    void this.#queue(async () => {
      this.#isTicking = false;
      const run = this.#run;
      const before = run.workMs;
      const ms = this.#pace.take();
      await this.#goTo(this.#now + ms, this.#untold < MANY_TOLD_EVERY_MS && run.chronicle.windows.count > MANY_WINDOWS);
      this.#pace.worked(ms, run.workMs - before);
    });
  }

  run(): void {
    if (this.#pace.run(true)) this.#tell('The clock runs.');
  }

  pause(): void {
    if (this.#pace.run(false)) this.#tell('The clock stands still.');
  }

  /** Ms of the lab's clock in one of the reader's; from 1 to 1,000, the nearest where it is beyond. */
  setSpeed(speed: number): void {
    this.#pace.speed = speed;
    this.#tell(`The clock goes ${this.#pace.speed} times as fast.`);
  }

  /** Pauses, and goes on to where the next window closes, or would. */
  stepToDeadline(): Promise<void> {
    if (this.#pace.run(false)) this.#tell('The clock stands still.');
    return this.#queue(async () => {
      const at = this.#run.deadlineAfter(this.#now);
      if (at === null) return this.#tell('Nothing is due.');
      // The claim that closes it is made at the next whole second.
      await this.#goTo(at + ((CLAIM_EVERY_MS - ((at - START) % CLAIM_EVERY_MS)) % CLAIM_EVERY_MS));
      this.#tell('The clock has come to the next deadline.');
    });
  }

  /** Nobody does anything any more; or people come again. */
  goIdle(on: boolean): Promise<void> {
    return this.#do(() => ({ do: 'idle', at: this.#now, on }), on ? 'Nobody does anything any more.' : 'Customers come again.');
  }

  /** The source delivers and claims nothing: what comes waits in the log. Or it goes on, with what waits first. */
  holdSource(on: boolean): Promise<void> {
    return this.#do(() => ({ do: 'hold', at: this.#now, on }), on ? 'The source is behind: records wait in the log.' : 'The source has caught up.');
  }

  /** The engine loses all that it has in memory. */
  kill(): Promise<void> {
    return this.#do(() => ({ do: 'kill', at: this.#now }), 'The engine was killed: what it had in memory is gone.');
  }

  /** The engine starts anew, with what the store holds; the source sends again what was not acknowledged. */
  restore(): Promise<void> {
    return this.#do(() => ({ do: 'restore', at: this.#now }), 'The engine has been restored from its store.');
  }

  /** The clock jumps by `ms`: the world goes on, and nothing runs here. */
  sleep(ms: number): Promise<void> {
    return this.#do(() => ({ do: 'sleep', at: this.#now, ms: Math.max(1, Math.round(ms)) }), 'The computer sleeps.');
  }

  /** The reader is a customer, now. What the topology would not take is not put into the log: the state says why. */
  act(type: EventType, key: string, table: string): Promise<void> {
    return this.#queue(async () => {
      const value = { type, customerId: key, tableId: table };
      const parsed = ours(this.#settings).parse({ key, value, timestamp: this.#now }, this.#now);
      if (!parsed.ok) return this.#tell(`This cannot be sent: ${parsed.message}`);
      await this.#act({ do: 'act', at: this.#now, type, key, table }, `${key}: ${SENT[type]} for table ${table}.`);
    });
  }

  /** Has a record that is shown stand in the log at another instant, not before its event time. All is run again with the change. */
  move(offset: number, appended: number): Promise<void> {
    return this.#queue(async () => {
      const found = this.#run.chronicle.records.get(offset);
      if (found === undefined) return this.#tell('That record is shown no more.');
      const at = Math.max(found.record.timestamp, Math.round(appended));
      this.#actions = [...this.#actions, { do: 'move', at: this.#now, name: found.name, offset, appended: at }];
      await this.#runAgain('The record was moved, and all was run again.');
    });
  }

  /** NDJSON: settings, then every input as the engine got it, then the hash of its outcomes. */
  exportLog(): string {
    return exportOf(this.#settings, this.#actions, this.#run.feed.at, this.#run.chronicle.hash);
  }

  #do(action: () => Action, said: string): Promise<void> {
    return this.#queue(() => this.#act(action(), said));
  }

  async #act(action: Action, said: string): Promise<void> {
    this.#actions = [...this.#actions, action];
    this.#run.feed.do(action);
    this.#said = said;
    await this.#goTo(this.#now);
  }

  /** `briefly`: only what the clock says is told. */
  async #goTo(to: number, briefly = false): Promise<void> {
    let goal = to;
    try {
      await this.#run.advance(to, (ms) => {
        this.#now = this.#run.feed.at;
        this.#tell('The computer sleeps.');
        this.#said = 'The computer has woken up.';
        goal += ms;
        return goal;
      });
    } catch (error) {
      // What is in the store, and what had been told, nobody knows. The same log gives the same again, in memory.
      goal = await this.#fallBack(error, goal);
    }
    this.#now = goal;
    if (briefly && this.#said === this.state.said) this.#states.next({ ...this.state, now: goal });
    else this.#tell(this.#said);
  }

  /** Runs everything from the start, in memory, and then puts what the engine holds into the store. */
  async #runAgain(said: string): Promise<void> {
    const { run, at } = await this.#anew(this.#now);
    this.#now = at;
    this.#run = run;
    try {
      await run.over(await this.#open(), () => this.#open());
    } catch (error) {
      await this.#fallBack(error, at);
    }
    this.#tell(said);
  }

  async #fallBack(error: unknown, to: number): Promise<number> {
    const { run, at } = await this.#anew(to);
    const store = new MemoryStore();
    this.#opened = { store, durability: { kind: 'memory', why: `The store failed: ${messageOf(error)}` } };
    await run.over(store, () => this.#open());
    this.#run = run;
    return at;
  }

  /** A run of all that was done, up to an instant; where it sleeps then, to its waking. */
  async #anew(to: number): Promise<{ readonly run: Run; readonly at: number }> {
    const run = new Run(this.#settings, this.#actions, this.#around);
    let at = to;
    await run.advance(at, (ms) => {
      at = Math.max(at, run.feed.at + ms);
      return at;
    });
    return { run, at };
  }

  async #open(): Promise<StateStore> {
    if (this.#opened?.durability.kind !== 'memory') this.#opened = await this.#openStore();
    return this.#opened.store;
  }

  #queue(work: () => Promise<void> | void): Promise<void> {
    this.#last = this.#last.then(work).catch((error) => this.#tell(`This failed: ${messageOf(error)}`));
    return this.#last;
  }

  #known() {
    return {
      settings: this.#settings,
      now: this.#now,
      running: this.#pace.isRunning,
      speed: this.#pace.speed,
      realSpeed: this.#pace.real,
      durability: this.#opened?.durability ?? NOT_YET,
      said: this.#said,
    };
  }

  #tell(said: string): void {
    this.#said = said;
    this.#untold = 0;
    this.#states.next(viewOf(this.#run, this.#known(), this.#states.value));
  }
}

/** With more open windows than this they are told of this often, ms: nobody sees more of each. */
const MANY_WINDOWS = 400;
const MANY_TOLD_EVERY_MS = 200;

const NOT_YET: LabState['durability'] = { kind: 'memory', why: 'The store has not been opened yet.' };

const SENT: Readonly<Record<EventType, string>> = {
  CustomerRequestedTable: 'request',
  CustomerPaidForTable: 'payment',
  CustomerCancelledReservation: 'cancellation',
};
