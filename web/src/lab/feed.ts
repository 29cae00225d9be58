import type { Action } from './action.ts';
import { Agenda, type Move } from './agenda.ts';
import type { LogEntry } from './log-entry.ts';
import { CLAIM_EVERY_MS, START } from './start.ts';
import type { EngineState } from './state.ts';
import type { World } from './world.ts';

/** What happens to the pipeline, in order. `reached`: nothing more does up to where the clock may go. */
export type FeedEvent =
  | { readonly type: 'appended'; readonly at: number; readonly entry: LogEntry }
  /** A record would have come into the log, and was moved ahead. */
  | { readonly type: 'planned'; readonly at: number; readonly entry: LogEntry }
  /** `watermark`: the one in force. `again`: it had been delivered, and not yet acknowledged, when the engine was killed. `isBehind`: the log held more that had not been. */
  | {
      readonly type: 'delivered';
      readonly at: number;
      readonly entry: LogEntry;
      readonly watermark: number | undefined;
      readonly again: boolean;
      readonly isBehind: boolean;
    }
  | { readonly type: 'claimed'; readonly at: number }
  | { readonly type: 'killed' | 'restored' | 'slept' | 'woke'; readonly at: number; readonly ms: number }
  | { readonly type: 'reached'; readonly at: number };

const NEVER = Number.POSITIVE_INFINITY;

/**
 * World, log and source, without the engine: what is delivered and claimed, each at its own instant, whatever steps the clock takes. At one instant: first what comes into
 * the log, then the claim, then what is done to the lab. A source that has caught up delivers at once and claims every `CLAIM_EVERY_MS` (T5); one that is behind does neither, and when it goes on it delivers what
 * stands in the log, in its order, and claims then (T6). A claim acknowledges what was delivered before: what was not yet is sent again to an engine that was killed and restored.
 */
export class Feed {
  readonly #agenda: Agenda;
  readonly #commands: readonly Action[];
  readonly #actions: Action[];
  #nextCommand = 0;
  #nextAction = 0;
  #to = START;
  #at = START;
  #waiting: LogEntry[] = [];
  /** Delivered and not yet acknowledged. */
  #sent: LogEntry[] = [];
  #sendsAgain = false;
  #nextClaim = START;
  #claimed: number | undefined;
  #wakesAt = NEVER;
  #killed = false;
  #held = false;
  #idle = false;
  readonly #events = this.#run();

  constructor(world: World, actions: readonly Action[]) {
    this.#agenda = new Agenda(world, new Map(actions.flatMap((action): [string, Move][] => (action.do === 'move' ? [[action.name, action]] : []))));
    this.#commands = world.commands;
    this.#actions = actions.filter((action) => action.do !== 'move').sort((a, b) => a.at - b.at);
  }

  /** The instant of what came last. */
  get at(): number {
    return this.#at;
  }

  get waiting(): readonly LogEntry[] {
    return this.#waiting;
  }

  get held(): boolean {
    return this.#held;
  }

  get idle(): boolean {
    return this.#idle;
  }

  get engine(): EngineState {
    if (this.#wakesAt !== NEVER) return 'asleep';
    return this.#killed ? 'killed' : 'running';
  }

  /** The next event, at `to` at the latest; `reached` where there is none. */
  next(to: number): FeedEvent {
    this.#to = to;
    return this.#events.next().value as FeedEvent;
  }

  /** Something is done to the lab, now: at the instant reached, after all else. */
  do(action: Action): void {
    this.#actions.push(action);
  }

  *#run(): Generator<FeedEvent, never> {
    for (;;) {
      const action = this.#commands[this.#nextCommand];
      const own = this.#actions[this.#nextAction];
      const world = this.#agenda.next;
      const claim = this.#flows ? this.#nextClaim : NEVER;
      const done = Math.min(action?.at ?? NEVER, own?.at ?? NEVER, this.#wakesAt);
      const at = Math.min(world, claim, done);
      if (at > this.#to) {
        this.#at = Math.max(this.#at, this.#to);
        yield { type: 'reached', at: this.#to };
        continue;
      }
      this.#at = Math.max(this.#at, at);
      if (world === at) yield* this.#append(at);
      else if (claim === at) yield this.#claim(at);
      else if (this.#wakesAt === at) yield* this.#wake(at);
      else if (action !== undefined && action.at === at) {
        this.#nextCommand++;
        yield* this.#take(action, at);
      } else if (own !== undefined) {
        this.#nextAction++;
        yield* this.#take(own, at);
      }
    }
  }

  /** Whether records and claims go from the source to the engine. */
  get #flows(): boolean {
    return !this.#held && !this.#killed && this.#wakesAt === NEVER;
  }

  *#append(at: number): Generator<FeedEvent> {
    for (let entry = this.#agenda.take(at); entry !== undefined; entry = this.#agenda.take(at)) {
      if (entry.appended > at) {
        yield { type: 'planned', at, entry };
        continue;
      }
      yield { type: 'appended', at, entry };
      if (this.#flows) yield this.#deliver(entry, at, false);
      else this.#waiting.push(entry);
    }
  }

  #deliver(entry: LogEntry, at: number, isBehind: boolean): FeedEvent {
    entry.delivered ??= at;
    this.#sent.push(entry);
    return { type: 'delivered', at, entry, watermark: this.#claimed, again: false, isBehind };
  }

  #claim(at: number): FeedEvent {
    this.#nextClaim = at + CLAIM_EVERY_MS - ((at - START) % CLAIM_EVERY_MS);
    this.#claimed = at;
    this.#sent = [];
    return { type: 'claimed', at };
  }

  *#catchUp(at: number): Generator<FeedEvent> {
    if (!this.#flows) return;
    if (this.#sendsAgain)
      for (const entry of this.#sent) yield { type: 'delivered', at, entry, watermark: this.#claimed, again: true, isBehind: true };
    this.#sendsAgain = false;
    const waiting = this.#waiting.splice(0);
    for (const [i, entry] of waiting.entries()) yield this.#deliver(entry, at, i < waiting.length - 1);
    yield this.#claim(at);
  }

  *#wake(at: number): Generator<FeedEvent> {
    this.#wakesAt = NEVER;
    yield { type: 'woke', at, ms: 0 };
    yield* this.#catchUp(at);
  }

  *#take(action: Action, at: number): Generator<FeedEvent> {
    switch (action.do) {
      case 'idle':
        this.#idle = action.on;
        this.#agenda.idle(action.on, at);
        return;
      case 'hold':
        if (this.#held === action.on) return;
        this.#held = action.on;
        if (!action.on) yield* this.#catchUp(at);
        return;
      case 'kill':
        if (this.#killed) return;
        this.#killed = true;
        yield { type: 'killed', at, ms: 0 };
        return;
      case 'restore':
        if (!this.#killed) return;
        this.#killed = false;
        this.#sendsAgain = true;
        yield { type: 'restored', at, ms: 0 };
        yield* this.#catchUp(at);
        return;
      case 'sleep':
        if (this.#wakesAt !== NEVER) return;
        this.#wakesAt = at + action.ms;
        yield { type: 'slept', at, ms: action.ms };
        return;
      case 'act':
        this.#agenda.act(action.type, action.key, action.table, at);
        return;
      case 'move':
    }
  }
}
