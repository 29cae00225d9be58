import { MemoryStore } from '../../src/stores/memory.ts';
import { storeContract } from './contract.ts';

storeContract('the memory store', () => {
  const store = new MemoryStore();
  return { store, reopen: () => store };
});
