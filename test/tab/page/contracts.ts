import { openStore } from '../../../src/stores/indexeddb.ts';
import { TimeoutTimer } from '../../../src/timers/timeout.ts';
import { cut, differing } from '../../conformance/differing.ts';
import { readScenarios } from '../../conformance/format.ts';
import { orielRows } from '../../conformance/oriel.ts';
import windows from '../../conformance/windows.json' with { type: 'json' };
import { storeContract } from '../../stores/contract.ts';
import { expect, it, runCollected } from '../../support/in-page-vitest.ts';
import { timerContract } from '../../timers/contract.ts';
import { virtualHost } from '../virtual-host.ts';

let stores = 0;
storeContract('IndexedDB', async () => {
  const name = `contract-${stores++}`;
  const store = await openStore(name);
  expect(store.durability).toEqual({ kind: 'indexeddb' });
  return { store, reopen: () => openStore(name) };
});

timerContract('the timeout timer in a page', () => {
  const host = virtualHost();
  return { timer: new TimeoutTimer(host), now: () => host.now(), advance: (ms) => host.advance(ms) };
});

const scenarios = readScenarios(JSON.stringify(windows)).flatMap((read) => ('scenario' in read ? [read.scenario] : []));

it('gives the rows of all recorded runs of windows', () => {
  expect(scenarios).toHaveLength(206);
  expect(differing(scenarios, orielRows)).toEqual([]);
});

it('gives them by a pipeline made anew for every input', () => {
  expect(differing(scenarios, cut)).toEqual([]);
});

Object.assign(globalThis, { ended: runCollected() });
