import { type Context, touch } from './context.ts';
import { DeadlineQueue } from './deadlines.ts';
import type { Saying } from './definition.ts';
import { OrielError } from './errors.ts';
import { callOffForget, takeWindowOut } from './place.ts';
import { retracted } from './plan.ts';
import type { StreamRecord } from './record.ts';
import { refuse } from './refusal.ts';
import { sameId } from './same-id.ts';
import { sayClosing, sayOfWindow } from './say.ts';
import { type Deadlines, isToldBefore, type KeyState, type State, type WindowEntry } from './state.ts';
import type { Suppressed } from './suppress.ts';
import { boundsOf, type Change, NEVER, type Window } from './window.ts';

/** Of a state: made with the first change that is held back. */
export function suppressedOf(state: State): Suppressed {
  state.suppressed ??= new SuppressedChanges(state);
  return state.suppressed;
}

function queueOf(): DeadlineQueue<WindowEntry> {
  return new DeadlineQueue<WindowEntry>(isToldBefore, ({ target }, at) => target.suppressed !== at);
}

/** By instant, key, end, start, as in Kafka Streams. */
class SuppressedChanges implements Suppressed {
  readonly #state: State;
  readonly #queue = queueOf();
  count = 0;

  constructor(state: State) {
    this.#state = state;
  }

  get nextAt(): number | undefined {
    return this.#queue.nextAt;
  }

  refuse<V, S, O>(
    { definition: { suppress }, watermark }: Context<V, S, O>,
    key: KeyState<V, S>,
    record: StreamRecord<V>,
    changes: readonly Change<S>[],
  ): void {
    if (suppress?.until !== 'limit' || suppress.whenFull === 'emit' || suppress.maxRecords === undefined) return;
    const { limitMs, maxRecords } = suppress;
    const isSuppressed = (window: Window<S> | undefined, timestamp: number): boolean =>
      window?.suppressed === undefined && timestamp + limitMs > watermark;
    let count = this.count;
    for (const { window: given, bounds, merges = [], retracts } of changes) {
      // One that reaches further is another to those who are told: the former is taken back.
      const window = given?.end === bounds.end ? given : undefined;
      if (isSuppressed(window, Math.max(window?.latest ?? 0, record.timestamp))) count++;
      if (retracts) for (const merged of merges) if (merged !== window && isSuppressed(merged, merged.end)) count++;
    }
    if (count <= maxRecords) return;
    for (const _due of (key.own ? ownOf(key.own) : this.#queue).entries(watermark)) count--;
    if (count > maxRecords) {
      throw new OrielError(
        'TOO_MANY_SUPPRESSED',
        `${count} changes would be suppressed; the rule is at most ${maxRecords} (maxRecords). Give it more room, or whenFull: 'emit'.`,
      );
    }
  }

  change<V, S, O>(
    context: Context<V, S, O>,
    entry: WindowEntry<V, S>,
    updated: Saying<O> | undefined,
    timestamp: number,
    upTo = context.watermark,
  ): void {
    const { suppress, windows } = context.definition;
    const { key, target: window } = entry;
    if (suppress?.until === 'limit') window.retraction = window.state === undefined ? updated?.type : undefined;
    // One that is suppressed already keeps its instant.
    if (window.suppressed === undefined) {
      this.restore(
        entry as WindowEntry,
        suppress?.until === 'limit' ? (window.latest ?? timestamp) + suppress.limitMs : windows.suppressedUntil(window),
      );
    }
    this.#letGo(context, upTo, key.own && ownOf(key.own));
  }

  restore(entry: WindowEntry, until: number): void {
    entry.target.suppressed = until;
    this.count++;
    if (until === NEVER) return;
    this.#queue.push(until, entry);
    const { own } = entry.key;
    if (own) ownOf(own).push(until, entry);
  }

  clear<V, S>({ own }: KeyState<V, S>, window: Window<S>): void {
    const until = window.suppressed;
    if (until === undefined) return;
    window.suppressed = undefined;
    this.count--;
    if (until === NEVER) return;
    this.#queue.callOff();
    own?.suppressed?.callOff();
  }

  /** Sessions that have merged into the window, and of which what takes them back is suppressed still, tell results of the same id: none may have the same revision. */
  said<V, S, O>({ definition, state }: Context<V, S, O>, key: KeyState<V, S>, window: Window<S>): void {
    if (!definition.windows.merges || definition.suppress?.until !== 'limit') return;
    for (const other of sameId(key, window)) {
      other.revision = window.revision;
      state.journal?.window(key, other, 'put');
    }
  }

  advanced<V, S, O>(context: Context<V, S, O>): void {
    if (this.count > 0 && context.mode === 'stream') this.#letGo(context, context.watermark);
  }

  /** Those go first that are due before the next closing, which has the last word on its window. */
  settle<V, S, O>(context: Context<V, S, O>, settleDue: (context: Context<V, S, O>, from: Deadlines, upTo: number) => void): void {
    const { state, watermark, mode } = context;
    // In `stream` mode they go when a record has changed something, or a claim has come.
    if (mode === 'stream') return;
    for (let next = state.due.nextAt; next !== undefined && next <= watermark && this.count > 0; next = state.due.nextAt) {
      this.#letGo(context, next - 1);
      settleDue(context, state, next);
    }
    this.#letGo(context, watermark);
  }

  /** What would take back an earlier result of the same id, and is suppressed still, is told no more. */
  close<V, S, O>({ definition, state }: Context<V, S, O>, { key, lane, target }: WindowEntry<V, S>): void {
    if (!definition.windows.merges || definition.suppress?.until !== 'limit') return;
    for (const window of sameId(key, target)) {
      if (window.retraction === undefined || !window.closed) continue;
      callOffForget(state, key);
      takeWindowOut(state, { key, lane, target: window });
    }
  }

  /** Tells what was suppressed until an instant that `upTo` has reached, and what there is no more room for. */
  #letGo<V, S, O>(context: Context<V, S, O>, upTo: number, queue = this.#queue): void {
    const { suppress } = context.definition;
    for (let entry = queue.pop(upTo); entry; entry = queue.pop(upTo)) this.#tell(context, entry, queue);
    const most = (suppress?.until === 'limit' ? suppress.maxRecords : undefined) ?? Number.POSITIVE_INFINITY;
    while (this.count > most) {
      const entry = this.#queue.pop(Number.POSITIVE_INFINITY);
      if (!entry) break;
      this.#tell(context, entry, this.#queue);
    }
  }

  #tell<V, S, O>(context: Context<V, S, O>, entry: WindowEntry, from: DeadlineQueue<WindowEntry>): void {
    const { key, target: window } = entry as WindowEntry<V, S>;
    const { state, definition } = context;
    (from === this.#queue ? key.own?.suppressed : this.#queue)?.callOff();
    window.suppressed = undefined;
    this.count--;
    if (definition.suppress?.until === 'close') sayClosing(context, key, window, 'watermark');
    else sayChange(context, key, window);
    if (window.forgotten) {
      takeWindowOut(this.#state, entry);
    } else if (window.state === undefined && window.closed) {
      callOffForget(this.#state, entry.key);
      takeWindowOut(this.#state, entry);
    } else {
      state.journal?.window(key, window, 'put');
    }
    touch(context, key);
  }
}

function ownOf(own: NonNullable<KeyState['own']>): DeadlineQueue<WindowEntry> {
  own.suppressed ??= queueOf();
  return own.suppressed;
}

function sayChange<V, S, O>(context: Context<V, S, O>, key: KeyState<V, S>, window: Window<S>): void {
  const { state, retraction } = window;
  const bounds = boundsOf(window);
  try {
    const said =
      state === undefined
        ? retraction === undefined
          ? undefined
          : retracted<O>(retraction)
        : context.definition.outcomes.updated?.({ key: key.key, state, bounds });
    if (said) sayOfWindow(context, key, window, said, false);
  } catch (error) {
    refuse(context, error, { window: bounds });
  }
}
