import { AsyncLocalStorage } from 'node:async_hooks';
import { Customer } from '../../../worker/customer.ts';
import { Partition } from '../../../worker/partition.ts';

type Method = (this: object, ...args: unknown[]) => unknown;
type Methods = Record<string, Method>;

/** Whose code is running. */
const running = new AsyncLocalStorage<DurableObjectState>();

const ENTRIES = [
  { of: Customer.prototype, names: ['apply', 'confirm', 'alarm'] },
  { of: Partition.prototype, names: ['fetch', 'webSocketMessage', 'alarm', 'post', 'watermarkFor', 'deliver'] },
] as const;

/** Puts something in the place of a method; what it gives puts the method back. */
export type Replacement = () => () => void;

/** Runs a task with methods replaced, and around them the entry points, which note whose code runs. */
export async function replaced(replacements: readonly Replacement[], task: () => Promise<void>): Promise<void> {
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
export function replace(on: object, method: string, by: (real: Method) => Method): () => void {
  const methods = on as Methods;
  const real = methods[method] as Method;
  methods[method] = by(real);
  return () => {
    methods[method] = real;
  };
}

/** The object whose code is running, while methods are `replaced`. */
export function whoRuns(): DurableObjectState | undefined {
  return running.getStore();
}

/** Calls an object as one does who tries again: it may be dying at that moment. */
export async function surely<T>(call: () => Promise<T>): Promise<T> {
  return call().catch(call).catch(call);
}
