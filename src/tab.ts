export type { Durability, StoreOptions, TabStore } from './stores/indexeddb.ts';
export { openStore } from './stores/indexeddb.ts';
export type { Answer } from './tab/messages.ts';
export { openTab } from './tab/open-tab.ts';
export type { Tab, TabChannel, TabOptions, TabStatus } from './tab/tab.ts';
export type { TabWindow } from './tab/windows.ts';
