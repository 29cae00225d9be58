import { type State, stateWakeAt } from '../../../src/core/state.ts';
import type { Input } from '../../../src/core/step.ts';
import type { StateStore } from '../../../src/ports.ts';
import { Processor } from '../../../src/processor.ts';
import type { Reservation, ReservationEvent, ReservationOutcome } from '../../../src/reservation/index.ts';
import type { Action } from './action.ts';
import { Chronicle, type OurState } from './chronicle.ts';
import { Feed, type FeedEvent } from './feed.ts';
import { fingerprintOf } from './fingerprint.ts';
import { recordOf } from './log-entry.ts';
import type { LabSettings } from './settings.ts';
import { storeState } from './store-copy.ts';
import { worldOf } from './stories.ts';
import { ours } from './topologies.ts';

/** Inputs that the engine gets, and stores, at once, at most: about what there is time for within a frame. */
const BATCH = 250;

type Engine = Processor<ReservationEvent, Reservation, ReservationOutcome>;

export interface RunOptions {
  /** Awaited between the parts of a long way. */
  readonly breathe?: (() => Promise<void>) | undefined;
  /** Ms from any instant on. */
  readonly clock?: (() => number) | undefined;
}

/**
 * One run of the lab: what is fed goes through the engine, over the store, and is told. While the engine is killed there is none. Calls do not overlap. Where the store fails, the run is of no more use: another one, of the same settings and actions, stands where this one would.
 */
export class Run {
  readonly feed: Feed;
  readonly chronicle: Chronicle;
  readonly #settings: LabSettings;
  readonly #breathe: RunOptions['breathe'];
  readonly #clock: () => number;
  #workMs = 0;
  #open: (() => Promise<StateStore>) | undefined;
  #engine: Engine | undefined;
  #state: OurState | undefined;
  /** Of what the engine held when it went. */
  #stored: number | undefined;

  /** At first without a store: a kill then loses nothing, which changes nothing, since an engine goes on from its store as if it had not stopped (R6). */
  constructor(settings: LabSettings, actions: readonly Action[], { breathe, clock = () => 0 }: RunOptions = {}) {
    this.#settings = settings;
    this.#breathe = breathe;
    this.#clock = clock;
    this.feed = new Feed(worldOf(settings), actions);
    this.chronicle = new Chronicle(settings);
  }

  /** What has been done so far took so long, ms, without what was waited for; 0 without a clock. */
  get workMs(): number {
    return this.#workMs;
  }

  /** Goes on up to an instant. `onSleep` may say that it is to go further, to another instant. @throws what the store throws. */
  async advance(to: number, onSleep: (ms: number) => number = () => to): Promise<void> {
    let upTo = to;
    for (;;) {
      const { events, last } = this.#collect(upTo);
      await this.#feed(events);
      if (last.type === 'reached') return;
      if (events.length >= BATCH) await this.#breathe?.();
      if (last.type === 'slept') upTo = onSleep(last.ms);
      if (last.type === 'killed' && this.#open !== undefined) this.#forget();
      if (last.type === 'restored') await this.#running();
    }
  }

  /** Goes on over a store, which from now on holds what the engine does, and nothing else. `open` opens it anew. @throws what the store throws. */
  async over(store: StateStore, open: () => Promise<StateStore>): Promise<void> {
    await storeState(this.#state as State | undefined, ours(this.#settings).version, store);
    let opened: StateStore | undefined = store;
    this.#forget();
    this.#open = async () => {
      const first = opened;
      opened = undefined;
      return first ?? open();
    };
    if (this.feed.engine !== 'killed') await this.#running();
  }

  /** The least instant after `after` at which a window closes or a waiting record gives up, as far as the engine knows; `null` where nothing is due then, or it is killed. */
  deadlineAfter(after: number): number | null {
    if (this.#state === undefined || this.feed.engine === 'killed') return null;
    const wakeAt = stateWakeAt(this.#state as State);
    if (wakeAt === undefined || wakeAt > after) return wakeAt ?? null;
    // Further and further ahead: mostly what falls due next does so soon, and all that does later need not be looked at.
    for (let ahead = 1_000; ; ahead *= 8) {
      let least = Number.POSITIVE_INFINITY;
      for (const { target } of this.#state.due.entries(after + ahead)) {
        const at = 'closesAt' in target ? target.closesAt : target.until;
        if (at > after && at < least) least = at;
      }
      if (Number.isFinite(least)) return least;
      if (!Number.isFinite(ahead)) return null;
    }
  }

  #collect(to: number): { events: readonly FeedEvent[]; last: FeedEvent } {
    const from = this.#clock();
    const collected = this.#next(to);
    this.#workMs += this.#clock() - from;
    return collected;
  }

  #next(to: number): { events: readonly FeedEvent[]; last: FeedEvent } {
    const events: FeedEvent[] = [];
    let inputs = 0;
    for (;;) {
      const event = this.feed.next(to);
      events.push(event);
      if (event.type === 'delivered' || event.type === 'claimed') inputs++;
      if (inputs >= BATCH || !(event.type === 'delivered' || event.type === 'claimed' || event.type === 'appended' || event.type === 'planned'))
        return { events, last: event };
    }
  }

  async #feed(events: readonly FeedEvent[]): Promise<void> {
    const inputs = events.flatMap(inputOf);
    if (inputs.length === 0) return this.chronicle.take(events);
    const engine = await this.#running();
    const from = this.#clock();
    const processing = engine.process(inputs);
    const waiting = this.#clock();
    const output = await processing;
    this.#state = await engine.state();
    const done = this.#clock();
    this.chronicle.take(events, output, this.#state);
    this.#workMs += waiting - from + this.#clock() - done;
  }

  /** @throws where the store does not hold what was stored: it was cleared, or belongs to another tab by now. */
  async #running(): Promise<Engine> {
    if (this.#engine !== undefined) return this.#engine;
    const engine: Engine = new Processor(ours(this.#settings), { store: await this.#open?.() });
    const state = await engine.state();
    if (this.#stored !== undefined && fingerprintOf(state as State) !== this.#stored)
      throw new Error('It no longer holds what was stored in it: it was cleared, or another tab uses it.');
    this.#engine = engine;
    this.#state = state;
    return engine;
  }

  /** Whatever is in memory goes. */
  #forget(): void {
    if (this.#state !== undefined) this.#stored = fingerprintOf(this.#state as State);
    this.#engine = undefined;
    this.#state = undefined;
  }
}

/** What the engine gets of it. */
export function inputOf(event: FeedEvent): readonly Input<ReservationEvent>[] {
  if (event.type === 'claimed') return [{ type: 'watermark', watermark: event.at, now: event.at }];
  if (event.type !== 'delivered') return [];
  const { entry, at, watermark } = event;
  return [{ type: 'record', record: recordOf(entry), now: at, ...(watermark === undefined ? {} : { watermark }) }];
}
