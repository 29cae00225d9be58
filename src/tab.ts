export type { Durability, StoreOptions, TabStore } from './stores/indexeddb.ts';
export { openStore } from './stores/indexeddb.ts';
