import type { StateStore } from '../../../src/ports.ts';
import { DurableObjectStore } from '../../../src/stores/durable-object.ts';
import { storeContract } from '../../stores/contract.ts';
import { customer, inside, useWorld } from './world.ts';

useWorld();

let objects = 0;

/** Storage belongs to its object: every call is made in there. */
storeContract(
  'the store of a Durable Object',
  async () => {
    const stub = customer(`store ${objects++}`);
    const open = async (): Promise<StateStore> => {
      const options = { key: 'k', newLife: () => crypto.randomUUID(), statusOf: String, after: <R>(result: R) => [result] };
      const store = await inside(stub, ({ storage }) => new DurableObjectStore(storage, options));
      return { load: () => inside(stub, () => store.load()), commit: (commit) => inside(stub, () => store.commit(commit)) };
    };
    return { store: await open(), reopen: open };
  },
  { onlyKey: 'k' },
);
