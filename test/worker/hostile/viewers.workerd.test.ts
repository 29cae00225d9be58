import { expect, it } from 'vitest';
import { cancelled, paid, requested } from '../../support/events.ts';
import { Bridge } from '../protocol/bridge.ts';
import { at, setClock, statusOf, useStage } from '../protocol/stage.ts';
import { Viewer } from '../protocol/viewer.ts';
import { standing } from './standing.ts';

useStage();

const T = at('13:59');
const INTERVAL_MS = 50;
const UNSEEN = 100;
const FRAMES_A_ROUND = 4;

const connect = (count: number) => Promise.all(Array.from({ length: count }, () => Viewer.connect()));

/** One change of each kind: four frames to whoever is shown it. */
async function change(bridge: Bridge, table: string): Promise<void> {
  setClock(Date.now() + INTERVAL_MS);
  await bridge.data(requested('eve', table, T), cancelled('eve', table, T), paid('eve', table, T), requested('eve', `${table}b`, T));
  await bridge.handled();
}

it('P9: hundreds of viewers, and such as never say that they have seen anything, slow down nobody and are sent no more than their share', async () => {
  const verify = await standing();
  const bridge = await Bridge.connect();
  const [deaf, quick] = [await connect(10), await connect(10)];
  const rounds = UNSEEN / FRAMES_A_ROUND + 2;
  for (let round = 0; round < rounds; round++) {
    await change(bridge, `t${round}`);
    for (const viewer of quick) viewer.seen(Number.MAX_SAFE_INTEGER);
  }
  const crowd = await connect(200);
  await change(bridge, 'last');
  setClock(Date.now() + INTERVAL_MS);
  await bridge.handled();
  await Promise.all([...deaf, ...quick, ...crowd].map((viewer) => viewer.drained()));

  for (const viewer of quick) {
    expect(viewer.all('snapshot').length).toBe(1);
    expect(new Set(viewer.all('window').flatMap(({ items }) => items.map(({ id }) => id))).size).toBe(2 * (rounds + 1));
  }
  for (const viewer of deaf) {
    expect(viewer.all('snapshot').length).toBe(2);
    expect(viewer.n).toBeLessThan(UNSEEN + FRAMES_A_ROUND + 1);
  }
  for (const viewer of crowd) expect(viewer.all('window').flatMap(({ items }) => items.map(({ id }) => id))).toContain('lastb');
  expect((await statusOf()).counts).toMatchObject({ folded: 1 + 3 * (rounds + 1), open: 1 + rounds + 1 });
  for (const viewer of [...deaf, ...quick, ...crowd]) viewer.close();
  bridge.close();
  await verify();
});
