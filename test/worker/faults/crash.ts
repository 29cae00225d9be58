import { AsyncLocalStorage } from 'node:async_hooks';
import { Customer } from '../../../worker/customer.ts';
import { Partition } from '../../../worker/partition.ts';
import { customer, inside, partition } from '../durable/world.ts';

type Method = (this: object, ...args: unknown[]) => unknown;
type Methods = Record<string, Method>;

/** One step of the way of a record, at which the process may die. */
export interface Arrow {
  readonly name: string;
  /** The prototype, and its method that the step goes through. */
  readonly on: object;
  readonly method: string;
  /** Whether the object dies before the method runs, or when it has run: what an asynchronous one has written is durable then. */
  readonly when: 'before' | 'after';
  /** Who dies: the object whose code this is, or the other one, which waits for its answer and hears nothing. */
  readonly who?: 'self' | 'customer' | 'partition';
  readonly matches?: (args: readonly unknown[]) => boolean;
}

/** Whose code is running. */
const running = new AsyncLocalStorage<DurableObjectState>();

const ENTRIES = [
  { of: Customer.prototype, names: ['apply', 'confirm', 'alarm'] },
  { of: Partition.prototype, names: ['fetch', 'webSocketMessage', 'alarm', 'post', 'watermarkFor', 'deliver'] },
] as const;

/** During a task, has an object die the `nth` time that it takes a step: its memory and its sockets are gone at once. */
export async function dyingAt(arrow: Arrow, nth: number, task: () => Promise<void>): Promise<void> {
  const { who = 'self', when } = arrow;
  let count = 0;
  await replaced(
    [
      onItsWay(arrow, (self, run) => {
        if (++count !== nth) return run();
        if (who !== 'self') return kill(who).then(run);
        if (when === 'before') die(self);
        const value = run();
        return value instanceof Promise ? value.then(() => self.storage.sync()).then(() => die(self)) : die(self);
      }),
    ],
    task,
  );
}

/** How often each of the steps is taken during a task. */
export async function countSteps(arrows: readonly Arrow[], task: () => Promise<void>): Promise<Map<Arrow, number>> {
  const counts = new Map(arrows.map((arrow) => [arrow, 0]));
  const counting = arrows.map((arrow) =>
    onItsWay(arrow, (_, run) => {
      counts.set(arrow, (counts.get(arrow) ?? 0) + 1);
      return run();
    }),
  );
  await replaced(counting, task);
  return counts;
}

type Replacement = () => () => void;

/** Calls `take` where an object's code takes a step; `run` goes on with it. */
function onItsWay({ on, method, matches = () => true }: Arrow, take: (self: DurableObjectState, run: () => unknown) => unknown): Replacement {
  return () =>
    replace(on, method, (real) => {
      return function (...args) {
        const self = running.getStore();
        return self === undefined || !matches(args) ? real.apply(this, args) : take(self, () => real.apply(this, args));
      };
    });
}

/** Runs a task with methods replaced, and around them the entry points, which note whose code runs. */
async function replaced(replacements: readonly Replacement[], task: () => Promise<void>): Promise<void> {
  const entries = ENTRIES.flatMap(({ of, names }) => names.map((name) => () => replace(of, name, noting)));
  const undo = [...replacements, ...entries].map((put) => put());
  try {
    await task();
  } finally {
    for (const back of undo.reverse()) back();
  }
}

function noting(real: Method): Method {
  return function (...args) {
    return running.run((this as { ctx: DurableObjectState }).ctx, () => real.apply(this, args));
  };
}

/** Puts another method in the place of one. Not a spy: some are replaced twice, the entry points around the step. */
function replace(on: object, method: string, by: (real: Method) => Method): () => void {
  const methods = on as Methods;
  const real = methods[method] as Method;
  methods[method] = by(real);
  return () => {
    methods[method] = real;
  };
}

/** What workerd's log does not repeat: hundreds die here. */
const REASON = 'Instance disposed by the test';

function die(state: DurableObjectState): never {
  state.abort(REASON);
  throw new Error(REASON);
}

/** Has the other side die while it waits for this one. */
async function kill(who: 'customer' | 'partition'): Promise<void> {
  const stub = who === 'customer' ? customer('c1') : partition();
  await inside(stub, (state) => state.abort(REASON)).catch(() => undefined);
}

/** Calls an object as one does who tries again: it may be dying at that moment. */
export async function surely<T>(call: () => Promise<T>): Promise<T> {
  return call().catch(call).catch(call);
}
