import { customer, inside, partition } from '../durable/world.ts';
import { type Replacement, replace, replaced, whoRuns } from './running.ts';

/** One step of the way of a record, at which the process may die. */
export interface Arrow {
  readonly name: string;
  /** The prototype, and its method that the step goes through. */
  readonly on: object;
  readonly method: string;
  /** Whether the object dies before the method runs, or when it has run: what an asynchronous one has written is durable then. */
  readonly when: 'before' | 'after';
  /** Who dies: the object whose code this is, or the other one, which waits for its answer and hears nothing, or the partition and with it the call that it had made. */
  readonly who?: 'self' | 'customer' | 'partition' | 'both';
  readonly matches?: (args: readonly unknown[]) => boolean;
}

/** During a task, has an object die the `nth` time that it takes a step: its memory and its sockets are gone at once. */
export async function dyingAt(arrow: Arrow, nth: number, task: () => Promise<void>): Promise<void> {
  const { who = 'self', when } = arrow;
  let count = 0;
  await replaced(
    [
      onItsWay(arrow, (self, run) => {
        if (++count !== nth) return run();
        if (who === 'both') return kill('partition').then(() => die(self));
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

/** Calls `take` where an object's code takes a step; `run` goes on with it. */
function onItsWay({ on, method, matches = () => true }: Arrow, take: (self: DurableObjectState, run: () => unknown) => unknown): Replacement {
  return () =>
    replace(on, method, (real) => {
      return function (...args) {
        const self = whoRuns();
        return self === undefined || !matches(args) ? real.apply(this, args) : take(self, () => real.apply(this, args));
      };
    });
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
